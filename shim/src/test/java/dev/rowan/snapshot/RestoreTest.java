package dev.rowan.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import dev.rowan.dialects.sqlite.MemberFile;
import dev.rowan.lease.LeaseRows;
import dev.rowan.proto.authpb.User;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.proto.rowanpb.Note;
import dev.rowan.quorum.SeededMember;
import dev.rowan.snapshot.bolt.BoltBucket;
import dev.rowan.snapshot.bolt.BoltWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestoreTest {
  private static final ByteString A = ByteString.copyFromUtf8("a");

  @TempDir Path folder;
  private FileChannel channel;
  private BoltWriter writer;
  private BoltBucket keys;

  private Path file() {
    return folder.resolve("snapshot.db");
  }

  private Endpoint target() {
    return new Endpoint.Sqlite(folder.resolve("data").resolve("rowan.db"));
  }

  @BeforeEach
  void begin() throws IOException {
    channel = FileChannel.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    writer = new BoltWriter(channel);
    keys = writer.bucket(Schema.KEY);
    writer.bucket(Schema.META);
  }

  private void put(long revision, long sub, ByteString key) throws IOException {
    KeyValue kv =
        KeyValue.newBuilder()
            .setKey(key)
            .setValue(key)
            .setCreateRevision(revision)
            .setModRevision(revision)
            .setVersion(1)
            .build();
    keys.put(new RevisionKey(revision, sub, false).encode(), kv.toByteString());
  }

  private void compacted(long revision) throws IOException {
    ByteString key = new RevisionKey(revision, 0, false).encode();
    writer.bucket(Schema.META).put(Schema.SCHEDULED_COMPACT, key);
  }

  private Restored restore() throws IOException, SnapshotException {
    writer.finish();
    channel.close();
    return Restore.restore(file(), true, target(), Progress.UNTOLD);
  }

  private void assertRefused(String why) throws LogException {
    assertThatThrownBy(this::restore)
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining(why);
    try (RevisionLog log = target().open(false)) {
      assertThat(log.head().position()).isEqualTo(1);
      assertThat(contents(log)).isEmpty();
    }
  }

  private static List<Object> contents(RevisionLog log) throws LogException {
    List<Object> found = new ArrayList<>();
    log.load(
        new RevisionLog.LoadVisitor() {
          @Override
          public void meta(MetaRow row) {
            found.add(row);
          }

          @Override
          public void row(long id, byte[] key, long created, long version, long leaseId) {
            found.add(id);
          }
        });
    return found;
  }

  /** Else the store could be restored but not started. */
  @ParameterizedTest
  @ValueSource(strings = {"authUsers", "authRoles", "auth"})
  void usersAndRolesThatCannotBeReadAreRefused(String bucket) throws Exception {
    put(2, 0, A);
    writer.bucket(bucket).put(A, ByteString.copyFromUtf8("not it"));

    assertThatThrownBy(this::restore).hasMessageContaining("it is damaged: ");
  }

  @Test
  void rowsAndMetaRowsAreRestored() throws Exception {
    put(2, 0, A);
    put(3, 0, A);
    put(3, 1, ByteString.copyFromUtf8("b"));
    keys.put(
        new RevisionKey(4, 0, true).encode(),
        KeyValue.newBuilder().setKey(A).build().toByteString());
    writer.bucket("lease").put(LeaseRows.id(7), StoredLease.encode(7, 100));
    ByteString user = User.newBuilder().setName(A).build().toByteString();
    writer.bucket("authUsers").put(A, user);

    Restored restored = restore();

    assertThat(restored.text("restored")).contains("revision 4, compact revision -1, 4 changes");
    assertThat(restored.text("restored")).contains("1 leases, 1 users, 0 roles, 0 alarms");
    try (RevisionLog log = target().open(false)) {
      Head head = log.head();
      assertThat(head.revision()).isEqualTo(4);
      assertThat(head.compactRevision()).isEqualTo(-1);
      assertThat(contents(log))
          .containsExactlyInAnyOrder(
              new MetaRow("lease", LeaseRows.id(7), LeaseRows.blob(7, 100)),
              new MetaRow("authUsers", A, user),
              RowId.of(2, 0),
              RowId.of(3, 0),
              RowId.of(3, 1),
              RowId.of(4, 0));
      assertThat(log.rows(new long[] {RowId.of(4, 0)}))
          .containsExactly(new LogRow(RowId.of(4, 0), A, ByteString.EMPTY, 0, 0, 0));
    }
  }

  @Test
  void emptyStoreIsRestored() throws Exception {
    assertThat(restore().head().revision()).isEqualTo(1);
  }

  @Test
  void gapsBelowTheCompactRevisionAreNone() throws Exception {
    put(5, 0, A);
    put(41, 0, A);
    compacted(40);

    Head head = restore().head();

    assertThat(head.revision()).isEqualTo(41);
    assertThat(head.compactRevision()).isEqualTo(40);
  }

  /** T-4: the newest rows may all be deletions that were compacted away. */
  @Test
  void theCompactRevisionMayBeNewerThanEveryRow() throws Exception {
    put(5, 0, A);
    compacted(40);

    assertThat(restore().head().revision()).isEqualTo(40);
    try (RevisionLog log = target().open(false)) {
      assertThat(contents(log)).hasSize(1);
    }
  }

  @Test
  void raisedRevisionIsTakenOverWithoutItsRow() throws Exception {
    put(2, 0, A);
    keys.put(new RevisionKey(1_000_000, 0, false).encode(), ByteString.EMPTY);
    compacted(1_000_000);

    Restored restored = restore();

    assertThat(restored.head().revision()).isEqualTo(1_000_000);
    assertThat(restored.rows()).isEqualTo(1);
  }

  @Test
  void missingRevisionIsRefused() throws Exception {
    put(2, 0, A);
    put(4, 0, A);

    assertRefused("it has no revision 3");
  }

  @Test
  void moreChangesThanARevisionHoldsAreRefused() throws Exception {
    put(2, RowId.SUB_MAX, A);
    put(3, RowId.SUB_MAX + 1L, A);

    assertRefused("revision 3 changes more than 4194304 keys");
  }

  @Test
  void revisionBeyondRowansIsRefused() throws Exception {
    put(RowId.REVISION_MAX + 1, 0, A);

    assertRefused("2199023255552");
  }

  @Test
  void changeOfAnotherRevisionIsRefused() throws Exception {
    keys.put(
        new RevisionKey(2, 0, false).encode(),
        KeyValue.newBuilder().setKey(A).setModRevision(3).build().toByteString());

    assertRefused("the change at 2/0 is of another revision");
  }

  @Test
  void storageOfANewerEtcdIsRefused() throws Exception {
    writer.bucket(Schema.META).put(Schema.STORAGE_VERSION, ByteString.copyFromUtf8("3.8.0"));

    assertRefused("storage version 3.8.0");
  }

  @Test
  void otherProgramsFileIsRefused() throws Exception {
    Files.writeString(file(), "x".repeat(9000));

    assertThatThrownBy(() -> Restore.restore(file(), true, target(), Progress.UNTOLD))
        .hasMessageContaining("not a bbolt file");
    assertThatThrownBy(() -> Restore.restore(file(), false, target(), Progress.UNTOLD))
        .hasMessageContaining("--skip-hash-check");
    assertThatThrownBy(
            () -> Restore.restore(folder.resolve("none"), false, target(), Progress.UNTOLD))
        .hasMessageContaining("there is no file");
  }

  @Test
  void storeThatIsNotEmptyIsRefused() throws Exception {
    put(2, 0, A);
    Head first = restore().head();

    assertThatThrownBy(() -> Restore.restore(file(), true, target(), Progress.UNTOLD))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("rowan.db is not empty");

    try (RevisionLog log = target().open(false)) {
      assertThat(log.head()).isEqualTo(first);
    }
  }

  private SeededMember member(String name, long clusterId) {
    Path data = folder.resolve(name);
    return new SeededMember(data.resolve("rowan.db"), data.resolve("raft"), clusterId);
  }

  @Test
  void membersThatAreGivenTheSameSnapshotBeginTheSame() throws Exception {
    put(2, 0, A);
    writer.finish();
    channel.close();

    Head one = Restore.restore(file(), true, member("m1", 7), Progress.UNTOLD).head();
    Head other = Restore.restore(file(), true, member("m2", 7), Progress.UNTOLD).head();

    assertThat(one).isEqualTo(other);
    assertThat(one.clusterId()).isEqualTo(7);
    assertThat(one.token()).isPositive();
    try (MemberFile opened = MemberFile.open(member("m1", 7).file(), 7)) {
      assertThat(opened.log().head()).isEqualTo(one);
      Note note = Note.parseFrom(opened.note());
      assertThat(note.hasApplied()).isTrue();
      assertThat(note.getApplied()).isEqualTo(Note.Applied.getDefaultInstance());
    }
    Files.write(file(), new byte[512], StandardOpenOption.APPEND);
    assertThat(Restore.restore(file(), true, member("m3", 7), Progress.UNTOLD).head().token())
        .as("of another file")
        .isNotEqualTo(one.token());
  }

  @Test
  void memberThatHasRunIsNotRestored() throws Exception {
    put(2, 0, A);
    writer.finish();
    channel.close();
    Files.createDirectories(member("m1", 7).folder());

    assertThatThrownBy(() -> Restore.restore(file(), true, member("m1", 7), Progress.UNTOLD))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("raft is of a member that has run");
    assertThat(member("m1", 7).file()).doesNotExist();
  }
}
