package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * One piece of replicated state that is no key: a lease, a user, an alarm.
 *
 * @param bucket what kind it is, such as {@code lease}
 * @param id its key in the bucket
 * @param blob its content; null where it was removed. Removals are kept, so that other instances
 *     learn of them.
 */
public record MetaRow(String bucket, ByteString id, @Nullable ByteString blob) {}
