package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import dev.rowan.proto.mvccpb.KeyValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which rows stay in memory. */
class ValuesTest {
  private static final int CACHE_BYTES = 64 << 10;

  /** With values of 1 KiB, about half of what fits. */
  private static final int KEYS = 24;

  /** That fit into a quarter. */
  private static final int RECENT_ROWS = 12;

  private static final int UPDATES = 2_000;

  @TempDir Path folder;
  private RevisionLog log;
  private Values values;
  private long revision = 1;

  @BeforeEach
  void open() throws Exception {
    log = Endpoint.parse("", folder).open(true);
    values = new Values(log, CACHE_BYTES);
  }

  @AfterEach
  void close() {
    log.close();
  }

  /** Has a key's row published, and returns its id. */
  private long put(int key, long previousId) {
    long id = RowId.of(++revision, 0);
    values.add(
        new Change(
            id,
            KeyValue.newBuilder()
                .setKey(ByteString.copyFromUtf8("key" + key))
                .setValue(ByteString.copyFrom(new byte[1024]))
                .setModRevision(revision)
                .setVersion(1)
                .build(),
            previousId));
    return id;
  }

  private void delete(int key, long previousId) {
    long id = RowId.of(++revision, 0);
    values.add(
        new Change(
            id,
            KeyValue.newBuilder().setKey(ByteString.copyFromUtf8("key" + key)).build(),
            previousId));
  }

  @Test
  void updatesDoNotPushOutWhatOtherKeysHave() {
    List<Long> newest = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      newest.add(put(key, 0));
    }

    for (int i = 0; i < UPDATES; i++) {
      newest.set(0, put(0, newest.getFirst()));
    }

    assertThat(newest).allSatisfy(id -> assertThat(values.cached(id)).isNotNull());
    assertThat(values.misses()).isZero();
    assertThat(values.hits()).isEqualTo(KEYS);
    assertThat(values.bytes()).isLessThanOrEqualTo(CACHE_BYTES);
  }

  @Test
  void deletedKeysMakeRoomForNewOnes() {
    for (int i = 0; i < UPDATES; i++) {
      delete(i, put(i, 0));
    }
    List<Long> newest = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      newest.add(put(key, 0));
    }

    assertThat(newest).allSatisfy(id -> assertThat(values.cached(id)).isNotNull());
  }

  /** Watchers that want it ask for it after it is published, a whole batch later. */
  @Test
  void whatABatchSupersedesIsInMemoryAfterIt() {
    List<Long> rows = new ArrayList<>();
    for (int i = 0; i < UPDATES; i++) {
      rows.add(put(i % KEYS, i < KEYS ? 0 : rows.get(i - KEYS)));
    }
    List<Long> last = rows.subList(UPDATES - RECENT_ROWS, UPDATES);

    assertThat(last).allSatisfy(id -> assertThat(values.cached(id)).isNotNull());
    delete(0, rows.get(UPDATES - KEYS));
    assertThat(values.cached(rows.get(UPDATES - KEYS))).isNotNull();
  }

  /** Where the newest rows are more than fit, too: what came last is asked for first. */
  @Test
  void whatWasWrittenLastIsInMemory() {
    for (int i = 0; i < UPDATES; i++) {
      long id = put(i, 0);
      assertThat(values.cached(id)).isNotNull();
      assertThat(values.cached(id)).isNotNull();
    }
    List<Long> last = new ArrayList<>();
    for (int i = 0; i < RECENT_ROWS; i++) {
      last.add(put(UPDATES + i, 0));
    }

    assertThat(last).allSatisfy(id -> assertThat(values.cached(id)).isNotNull());
    assertThat(values.bytes()).isLessThanOrEqualTo(CACHE_BYTES);
  }
}
