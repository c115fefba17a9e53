package dev.rowan.maintenance;

import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The alarms that are raised, by type and member. Immutable.
 *
 * @param all none twice
 */
public record Alarms(List<AlarmMember> all) {
  private static final Comparator<AlarmMember> ORDER =
      Comparator.comparingInt(AlarmMember::getAlarmValue)
          .thenComparing(AlarmMember::getMemberID, Long::compareUnsigned);

  static final Alarms NONE = new Alarms(List.of());

  public Alarms {
    all = all.stream().sorted(ORDER).toList();
  }

  public boolean isEmpty() {
    return all.isEmpty();
  }

  /** Whether any member has raised this alarm. */
  public boolean raised(AlarmType type) {
    for (AlarmMember alarm : all) {
      if (alarm.getAlarmValue() == type.getNumber()) {
        return true;
      }
    }
    return false;
  }

  /** Those that a request names: of its type and, of NONE, all (M-2). */
  public List<AlarmMember> listedBy(AlarmRequest request) {
    int type = request.getAlarmValue();
    return all.stream()
        .filter(alarm -> type == AlarmType.NONE_VALUE || type == alarm.getAlarmValue())
        .toList();
  }

  boolean contains(AlarmMember alarm) {
    return all.contains(alarm);
  }

  Alarms with(AlarmMember alarm) {
    List<AlarmMember> more = new ArrayList<>(all);
    more.add(alarm);
    return new Alarms(more);
  }

  Alarms without(AlarmMember alarm) {
    return new Alarms(all.stream().filter(each -> !each.equals(alarm)).toList());
  }

  /** An alarm as Status has it: protobuf's text (M-1). */
  static String text(AlarmMember alarm) {
    String member =
        alarm.getMemberID() == 0
            ? ""
            : "memberID:" + Long.toUnsignedString(alarm.getMemberID()) + " ";
    AlarmType type = alarm.getAlarm();
    boolean known = type != AlarmType.UNRECOGNIZED;
    return member + "alarm:" + (known ? type.name() : String.valueOf(alarm.getAlarmValue()));
  }
}
