package dev.rowan.maintenance;

import dev.rowan.proto.etcdserverpb.AlarmMember;

/**
 * The alarms, each kept until it is disarmed. Belongs to the sequencer's thread, but for {@link
 * #committed}.
 *
 * <p>Changes since the last {@link #commit} can be taken back by {@link #rollback}.
 */
public final class AlarmBook {
  private Alarms current = Alarms.NONE;
  private volatile Alarms committed = Alarms.NONE;

  /** With the changes that are not durable yet. */
  public Alarms current() {
    return current;
  }

  /** The alarms that are durable. Any thread. */
  public Alarms committed() {
    return committed;
  }

  /** Raises an alarm. Returns false if it was raised before. */
  public boolean activate(AlarmMember alarm) {
    if (current.contains(alarm)) {
      return false;
    }
    current = current.with(alarm);
    return true;
  }

  /** Disarms an alarm. Returns false if it was not raised. */
  public boolean deactivate(AlarmMember alarm) {
    if (!current.contains(alarm)) {
      return false;
    }
    current = current.without(alarm);
    return true;
  }

  /** Disarms all. */
  public void clear() {
    current = Alarms.NONE;
  }

  public void commit() {
    committed = current;
  }

  public void rollback() {
    current = committed;
  }
}
