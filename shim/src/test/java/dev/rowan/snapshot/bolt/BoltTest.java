package dev.rowan.snapshot.bolt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read; that bbolt itself reads it, the integration tests show. */
class BoltTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("file.db");
  }

  private void write(Map<String, Map<ByteString, ByteString>> buckets) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      BoltWriter writer = new BoltWriter(channel);
      for (Map.Entry<String, Map<ByteString, ByteString>> bucket : buckets.entrySet()) {
        BoltBucket target = writer.bucket(bucket.getKey());
        for (Map.Entry<ByteString, ByteString> entry : bucket.getValue().entrySet()) {
          target.put(entry.getKey(), entry.getValue());
        }
      }
      writer.finish();
    }
  }

  private Map<ByteString, ByteString> read(String bucket) throws IOException {
    Map<ByteString, ByteString> entries = new LinkedHashMap<>();
    try (BoltReader reader = BoltReader.open(file(), Files.size(file()))) {
      reader.<RuntimeException>forEach(bucket, entries::put);
    }
    return entries;
  }

  private static ByteString number(long number) {
    return ByteString.copyFrom(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  private static Map<ByteString, ByteString> numbers(int count, int valueBytes) {
    Map<ByteString, ByteString> entries = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      entries.put(number(i), ByteString.copyFrom(new byte[valueBytes]).concat(number(i)));
    }
    return entries;
  }

  /** One page holds 127 of these, and one branch 170: from leaf to three levels, and each edge. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 254, 255, 21_590, 21_591, 21_716, 21_717, 21_718, 50_000})
  void whatIsWrittenIsRead(int count) throws IOException {
    Map<ByteString, ByteString> entries = numbers(count, 0);

    write(Map.of("key", entries));

    assertThat(read("key")).isEqualTo(entries);
    assertThat(Files.size(file()) % Page.BYTES).isZero();
    assertBranchesAreNotSingle();
  }

  /** Every number of leaves around what one branch takes. */
  @Test
  void noBranchHasASingleChild() throws IOException {
    for (int leaves = 160; leaves < 360; leaves++) {
      write(Map.of("key", numbers(leaves, Page.BYTES / 2)));
      assertThat(read("key")).hasSize(leaves);
      assertBranchesAreNotSingle();
    }
  }

  private void assertBranchesAreNotSingle() throws IOException {
    byte[] whole = Files.readAllBytes(file());
    ByteBuffer pages = ByteBuffer.wrap(whole).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    for (int at = 3 * Page.BYTES; at < whole.length; ) {
      Page page = new Page(whole, at, "page at " + at);
      assertThat(page.leaf() || page.count() >= 2).as("the branch at %s", at).isTrue();
      at +=
          Page.BYTES
              * (int)
                  (1
                      + Page.overflow(
                          pages
                              .slice(at, Page.HEADER_BYTES)
                              .order(java.nio.ByteOrder.LITTLE_ENDIAN)));
    }
  }

  @Test
  void largeValuesContinueOverSeveralPages() throws IOException {
    Map<ByteString, ByteString> entries = new LinkedHashMap<>();
    byte[] sizes = {1, 0, 2, 3, 0, 1, 1, 3};
    for (int i = 0; i < 100; i++) {
      byte[] value = new byte[1 << (7 * sizes[i % sizes.length])];
      value[value.length - 1] = (byte) i;
      entries.put(number(i), ByteString.copyFrom(value));
    }

    write(Map.of("key", entries));

    assertThat(read("key")).isEqualTo(entries);
  }

  @Test
  void keysMayBeLongerThanAPage() throws IOException {
    Map<ByteString, ByteString> entries = new LinkedHashMap<>();
    for (int i = 0; i < 50; i++) {
      entries.put(number(i).concat(ByteString.copyFrom(new byte[30_000])), number(i));
    }

    write(Map.of("key", entries));

    assertThat(read("key")).isEqualTo(entries);
    assertBranchesAreNotSingle();
  }

  @Test
  void bucketsAreKeptApart() throws IOException {
    write(Map.of("a", numbers(1000, 10), "b", Map.of(), "c", numbers(3, 0)));

    assertThat(read("a")).hasSize(1000);
    assertThat(read("b")).isEmpty();
    assertThat(read("c")).hasSize(3);
    assertThat(read("missing")).isEmpty();
  }

  @Test
  void keysThatDoNotAscendAreNotWritten() {
    Map<ByteString, ByteString> entries = new LinkedHashMap<>();
    entries.put(number(-1), ByteString.EMPTY);
    entries.put(number(1), ByteString.EMPTY);

    assertThatThrownBy(() -> write(Map.of("key", entries)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void cutOffFilesAreRefused() throws IOException {
    write(Map.of("key", numbers(1000, 100)));
    byte[] whole = Files.readAllBytes(file());

    for (int pages = 0; pages < whole.length / Page.BYTES; pages++) {
      Files.write(file(), java.util.Arrays.copyOf(whole, pages * Page.BYTES + 100));
      assertThatThrownBy(() -> read("key")).isInstanceOf(DamagedException.class);
    }
  }

  @Test
  void oneDamagedMetaPageIsNoHarm() throws IOException {
    write(Map.of("key", numbers(1000, 100)));
    byte[] whole = Files.readAllBytes(file());
    for (int damaged = 0; damaged < 2; damaged++) {
      byte[] bytes = whole.clone();
      bytes[damaged * Page.BYTES + 40] ^= 1;
      Files.write(file(), bytes);
      assertThat(read("key")).hasSize(1000);
    }
    whole[40] ^= 1;
    whole[Page.BYTES + 40] ^= 1;
    Files.write(file(), whole);

    assertThatThrownBy(() -> read("key"))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("meta pages");
  }

  /** Whatever byte is wrong, reading ends, with the entries or with the one exception. */
  @Test
  void damageIsRefusedOrHarmlessNeverAFailure() throws IOException {
    write(Map.of("key", numbers(3000, 10), "lease", numbers(3, 5000)));
    byte[] whole = Files.readAllBytes(file());
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = whole.clone();
      int page = 2 + random.nextInt(bytes.length / Page.BYTES - 2);
      int within = random.nextInt(i % 2 == 0 ? 64 : Page.BYTES);
      bytes[page * Page.BYTES + within] ^= (byte) (1 << random.nextInt(8));
      Files.write(file(), bytes);
      try {
        read("key");
        read("lease");
      } catch (DamagedException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", page " + page + ", byte " + within, e);
      }
    }

    assertThat(refused).as("seed %s", seed).isGreaterThan(200);
  }
}
