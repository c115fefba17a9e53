package dev.rowan.maintenance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import java.nio.ByteBuffer;

/** How an alarm is stored: a meta row with type and member in its id. */
public final class AlarmRows {
  /** The meta bucket of alarms. */
  public static final String BUCKET = "alarm";

  private AlarmRows() {}

  /** The row's id: the type in four bytes and the member in eight, both big endian. */
  public static ByteString id(AlarmMember alarm) {
    ByteBuffer id = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);
    id.putInt(alarm.getAlarmValue()).putLong(alarm.getMemberID()).flip();
    return ByteString.copyFrom(id);
  }

  /** The alarm that an id names. */
  public static AlarmMember alarm(ByteString id) {
    ByteBuffer bytes = id.asReadOnlyByteBuffer();
    return AlarmMember.newBuilder()
        .setAlarmValue(bytes.getInt())
        .setMemberID(bytes.getLong())
        .build();
  }

  /** The row's content: the alarm, as etcd's message. */
  public static ByteString blob(AlarmMember alarm) {
    return alarm.toByteString();
  }

  /**
   * Reads a row's content.
   *
   * @throws IllegalStateException if the content is no alarm: the store is damaged
   */
  public static AlarmMember of(ByteString blob) {
    try {
      return AlarmMember.parseFrom(blob);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an alarm's row in the meta table is damaged", e);
    }
  }
}
