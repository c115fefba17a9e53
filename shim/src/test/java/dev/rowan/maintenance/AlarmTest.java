package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** M-1, M-2, M-8: what is kept of alarms and downgrades. */
class AlarmTest {
  private static final AlarmMember NO_SPACE =
      AlarmMember.newBuilder().setMemberID(-1).setAlarm(AlarmType.NOSPACE).build();
  private static final AlarmMember CORRUPT =
      AlarmMember.newBuilder().setAlarm(AlarmType.CORRUPT).build();

  @TempDir Path folder;

  private static Command.Alarm alarm(AlarmAction action, AlarmMember alarm) {
    return new Command.Alarm(
        AlarmRequest.newBuilder()
            .setAction(action)
            .setMemberID(alarm.getMemberID())
            .setAlarm(alarm.getAlarm())
            .build());
  }

  @Test
  void alarmsAndDowngradesSurviveARestart() throws LogException {
    try (SmallStore store = new SmallStore(folder)) {
      store.run(alarm(AlarmAction.ACTIVATE, NO_SPACE));
      store.run(alarm(AlarmAction.ACTIVATE, CORRUPT));
      store.run(alarm(AlarmAction.DEACTIVATE, CORRUPT));
      store.run(new Command.Downgrade(DowngradeAction.ENABLE, "3.6.0"));
    }
    try (SmallStore store = new SmallStore(folder)) {
      assertThat(store.loaded.alarms().committed().all()).containsExactly(NO_SPACE);
      assertThat(store.loaded.downgrade().committedTarget()).isEqualTo("3.6.0");
      assertThatThrownBy(() -> store.put("a", "1")).isEqualTo(EtcdError.NO_SPACE.exception());
      store.run(alarm(AlarmAction.DEACTIVATE, NO_SPACE));
      store.run(new Command.Downgrade(DowngradeAction.CANCEL, null));
      store.put("a", "1");
    }
    try (SmallStore store = new SmallStore(folder)) {
      assertThat(store.loaded.alarms().committed().isEmpty()).isTrue();
      assertThat(store.loaded.downgrade().committedTarget()).isNull();
    }
  }

  @Test
  void whatIsNotCommittedCanBeTakenBackAndIsNotShown() {
    AlarmBook book = new AlarmBook();
    book.activate(NO_SPACE);
    book.commit();
    book.activate(CORRUPT);
    book.deactivate(NO_SPACE);

    assertThat(book.committed().all()).containsExactly(NO_SPACE);
    assertThat(book.current().all()).containsExactly(CORRUPT);
    book.rollback();
    assertThat(book.current().all()).containsExactly(NO_SPACE);
    assertThat(book.activate(NO_SPACE)).isFalse();
    assertThat(book.deactivate(CORRUPT)).isFalse();
  }

  @Test
  void alarmsAreStoredByTypeAndMember() {
    assertThat(AlarmRows.alarm(AlarmRows.id(NO_SPACE))).isEqualTo(NO_SPACE);
    assertThat(AlarmRows.id(CORRUPT)).isNotEqualTo(AlarmRows.id(NO_SPACE));
  }

  @Test
  void statusNamesAlarmsInProtobufsText() {
    AlarmMember unknown = AlarmMember.newBuilder().setMemberID(3).setAlarmValue(7).build();

    assertThat(Alarms.text(NO_SPACE)).isEqualTo("memberID:18446744073709551615 alarm:NOSPACE");
    assertThat(Alarms.text(CORRUPT)).isEqualTo("alarm:CORRUPT");
    assertThat(Alarms.text(unknown)).isEqualTo("memberID:3 alarm:7");
  }
}
