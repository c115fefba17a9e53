package dev.rowan.it.faults;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request that writes, and what its client knows of it. All puts of a write have the same
 * value, which no other write has.
 *
 * @param effects in the order of the request
 * @param condition what the first key's mod revision must have been; null if it may be anything
 */
record Write(List<Effect> effects, @Nullable Long condition, Outcome outcome) {
  /** What the client was told. */
  sealed interface Outcome {}

  /** It happened, at this revision. */
  record Acknowledged(long revision) implements Outcome {}

  /** It did not happen: a compare failed, there was nothing to delete, or nobody was reached. */
  record Refused(String reason) implements Outcome {}

  /** It may have happened. */
  record Unknown(String status, Duration after) implements Outcome {}

  /** The value of its puts; none if it only deletes. */
  Optional<ByteString> value() {
    return effects.stream().filter(effect -> !effect.isDeletion()).map(Effect::value).findFirst();
  }
}
