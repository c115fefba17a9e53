package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.LogException;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvHasherTest {
  @TempDir Path folder;
  private SmallStore store;
  private KvHasher hasher;

  @BeforeEach
  void open() throws LogException {
    store = new SmallStore(folder);
    hasher = new KvHasher(store.log);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** M-5. */
  @Test
  void hashesAreThoseThatEtcdHasOfTheSameHistory() throws LogException {
    writeGoldenHistory();

    assertHashes(-1, 2, 2587454935L, 535221974L, 4221073072L, 346926581L, 1485346043L, 2605806058L);

    store.compact(5);
    assertThat(hasher.hashCompaction(store.view(), -1))
        .hasValue(new KvHash((int) 346926581L, -1, 5));
    assertHashes(5, 6, 582570738L, 2005496422L);
    store.prune(100);
    assertHashes(5, 6, 582570738L, 2005496422L);
  }

  private void writeGoldenHistory() {
    store.run(new Command.LeaseGrant(LeaseGrantRequest.newBuilder().setID(77).setTTL(77).build()));
    store.put("a", "1");
    store.put("a", "2");
    store.put("b", "x", 77);
    store.delete("a");
    store.run(
        new Command.Txn(
            TxnRequest.newBuilder()
                .addSuccess(SmallStore.op(SmallStore.request("c", "")))
                .addSuccess(SmallStore.op(SmallStore.request("d", "D")))
                .addSuccess(RequestOp.newBuilder().setRequestDeleteRange(SmallStore.deletion("b")))
                .build()));
    store.put("d", "E");
  }

  private void assertHashes(long compactRevision, long firstRevision, long... expected)
      throws LogException {
    for (int i = 0; i < expected.length; i++) {
      assertThat(hasher.hash(store.view(), firstRevision + i))
          .hasValue(new KvHash((int) expected[i], compactRevision, firstRevision + i));
    }
  }

  /** T-4: the table may hold any part of the garbage. */
  @Test
  void howFarPruningHasComeMakesNoDifference() throws LogException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 12; round++) {
      for (int i = 0; i < 40; i++) {
        String key = "k" + random.nextInt(8);
        if (random.nextInt(3) == 0) {
          store.delete(key);
        } else {
          store.put(key, "v" + i);
        }
      }
      long first = Math.max(1, store.view().compactRevision());
      store.compact(first + 1 + random.nextInt((int) (store.view().revision() - first)));
      List<KvHash> unpruned = hashes();
      store.prune(1 + random.nextInt(5));
      assertThat(hashes()).isEqualTo(unpruned);
      store.prune(1000);
      assertThat(hashes()).isEqualTo(unpruned);
    }
  }

  private List<KvHash> hashes() throws LogException {
    List<KvHash> hashes = new ArrayList<>();
    for (long at = store.view().compactRevision(); at <= store.view().revision(); at++) {
      hashes.add(hasher.hash(store.view(), at).orElseThrow());
    }
    return hashes;
  }

  @Test
  void aViewFromBeforeACompactionIsNotHashed() throws LogException {
    store.put("a", "1");
    store.put("a", "2");
    KeyIndexView before = store.view();
    store.compact(3);
    store.prune(100);

    assertThat(hasher.hash(before, 2)).isEmpty();
    assertThat(hasher.hash(store.view(), 3)).isPresent();
  }

  @Test
  void aCompactionIsNotHashedOnceSomeOfItIsPruned() throws LogException {
    store.put("a", "1");
    store.put("a", "2");
    store.put("b", "1");
    store.compact(3);
    KeyIndexView compacted = store.view();

    assertThat(hasher.hashCompaction(compacted, -1)).isPresent();
    store.prune(100);
    assertThat(hasher.hashCompaction(compacted, -1)).isEmpty();
  }

  /** M-4. */
  @Test
  void aHashOfEverythingChangesWithKeysAndWithOtherState() throws LogException {
    store.put("a", "1");
    int first = hasher.hashAll("term");
    assertThat(hasher.hashAll("term")).isEqualTo(first);

    store.run(new Command.BeginTerm(5));
    assertThat(hasher.hashAll("term")).isEqualTo(first);
    store.run(new Command.LeaseGrant(LeaseGrantRequest.newBuilder().setID(77).setTTL(77).build()));
    int leased = hasher.hashAll("term");
    store.put("a", "1");

    assertThat(leased).isNotEqualTo(first);
    assertThat(hasher.hashAll("term")).isNotEqualTo(leased);
  }
}
