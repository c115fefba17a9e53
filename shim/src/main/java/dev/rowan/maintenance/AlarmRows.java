package dev.rowan.maintenance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.proto.etcdserverpb.AlarmMember;

/** How an alarm is stored: a meta row with type and member in its id. */
public final class AlarmRows {
  /** The meta bucket of alarms. */
  public static final String BUCKET = "alarm";

  private static final ByteString RAISED = ByteString.copyFromUtf8("raised");

  private AlarmRows() {}

  /** The row's id, which is etcd's key in its bucket: the alarm as etcd's message. */
  public static ByteString id(AlarmMember alarm) {
    return alarm.toByteString();
  }

  /** The row's content, which says nothing: that there is one means that the alarm is raised. */
  public static ByteString blob() {
    return RAISED;
  }

  /**
   * The alarm that an id names.
   *
   * @throws IllegalStateException if it names none: the store is damaged
   */
  public static AlarmMember alarm(ByteString id) {
    try {
      return AlarmMember.parseFrom(id);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an alarm's row in the meta table is damaged", e);
    }
  }
}
