package dev.rowan.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file of Ratis' log, read without Ratis: 8 bytes of header, then for each entry its length as a
 * varint, the entry, and a CRC-32C of both. Zeros follow in a file that is still being written.
 *
 * @param last -1 while it is being written
 */
record SegmentFile(Path path, long first, long last) {
  static final byte[] HEADER = "RaftLog1".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private static final Pattern NAME = Pattern.compile("log_(?:inprogress_(\\d+)|(\\d+)-(\\d+))");
  private static final int SECTOR_BYTES = 512;
  private static final int VARINT_BYTES_MAX = 5;

  /**
   * What is in a file.
   *
   * @param entries whole ones before the end or the damage
   * @param bytes of the header and of these
   * @param lastEntry null if there is none
   * @param damage of what follows; null if nothing does
   */
  record Content(
      long entries, long bytes, @Nullable LogEntryProto lastEntry, @Nullable Damage damage) {}

  /** Bytes that are no entry. */
  enum Damage {
    /** The last write, which a crash cut off: it was never acknowledged. */
    TORN,
    BROKEN
  }

  /** Null if the name is none of a log file. */
  static @Nullable SegmentFile of(Path path) {
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    if (!name.matches()) {
      return null;
    }
    if (name.group(1) != null) {
      return new SegmentFile(path, Long.parseLong(name.group(1)), -1);
    }
    return new SegmentFile(path, Long.parseLong(name.group(2)), Long.parseLong(name.group(3)));
  }

  boolean open() {
    return last < 0;
  }

  Content read() throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      int headed = Math.min(bytes.remaining(), HEADER.length);
      for (int i = 0; i < headed; i++) {
        if (bytes.get(i) != HEADER[i]) {
          boolean torn = zeros(bytes, i, bytes.limit());
          return new Content(0, 0, null, torn ? Damage.TORN : Damage.BROKEN);
        }
      }
      if (headed < HEADER.length) {
        return new Content(0, 0, null, Damage.TORN);
      }
      bytes.position(HEADER.length);
      return entries(bytes);
    }
  }

  private Content entries(ByteBuffer bytes) throws IOException {
    long entries = 0;
    ByteBuffer lastEntry = null;
    while (bytes.hasRemaining() && bytes.get(bytes.position()) != 0) {
      int start = bytes.position();
      int length = varint(bytes);
      int end = bytes.position() + length + Integer.BYTES;
      if (length <= 0 || end < 0 || end > bytes.limit() || !checked(bytes, start, end)) {
        Damage damage = torn(bytes, start, length, end) ? Damage.TORN : Damage.BROKEN;
        return new Content(entries, start, parsed(lastEntry), damage);
      }
      lastEntry = bytes.slice(bytes.position(), length);
      entries++;
      bytes.position(end);
    }
    int end = bytes.position();
    boolean clean = zeros(bytes, end, bytes.limit());
    return new Content(entries, end, parsed(lastEntry), clean ? null : Damage.BROKEN);
  }

  private static @Nullable LogEntryProto parsed(@Nullable ByteBuffer entry) throws IOException {
    return entry == null ? null : LogEntryProto.parseFrom(entry);
  }

  /** -1 if there is none. */
  private static int varint(ByteBuffer bytes) {
    int value = 0;
    for (int i = 0; i < VARINT_BYTES_MAX && bytes.hasRemaining(); i++) {
      byte part = bytes.get();
      value |= (part & 0x7F) << (7 * i);
      if (part >= 0) {
        return value;
      }
    }
    return -1;
  }

  private static boolean checked(ByteBuffer bytes, int start, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(start, end - Integer.BYTES - start));
    return (int) crc.getValue() == bytes.getInt(end - Integer.BYTES);
  }

  /**
   * Whether an entry that isn't whole was cut off by a crash: it reaches the end of the file, or a
   * part of it of a disk's sector was never written. Damage of what was written shows neither.
   */
  private boolean torn(ByteBuffer bytes, int start, int length, int end) {
    if (!open()) {
      return false;
    }
    if (length <= 0 || end < 0 || end > bytes.limit()) {
      return end > bytes.limit()
          || zeros(bytes, Math.min(start + VARINT_BYTES_MAX, bytes.limit()), bytes.limit());
    }
    for (int from = start; from < end; ) {
      int to = Math.min(end, (from / SECTOR_BYTES + 1) * SECTOR_BYTES);
      if (zeros(bytes, from, to)) {
        return true;
      }
      from = to;
    }
    return false;
  }

  private static boolean zeros(ByteBuffer bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Drops what follows the whole entries, durably. */
  void cut(long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
      channel.force(true);
    }
  }

  /** Writes a file of the log with one entry, durably. */
  static void write(Path folder, LogEntryProto entry) throws IOException {
    byte[] bytes = entry.toByteArray();
    ByteBuffer out =
        ByteBuffer.allocate(HEADER.length + VARINT_BYTES_MAX + bytes.length + Integer.BYTES);
    out.put(HEADER);
    CodedOutputStream coded = CodedOutputStream.newInstance(out);
    coded.writeUInt32NoTag(bytes.length);
    coded.writeRawBytes(bytes);
    coded.flush();
    CRC32C crc = new CRC32C();
    crc.update(out.array(), HEADER.length, out.position() - HEADER.length);
    out.putInt((int) crc.getValue()).flip();
    Path path = folder.resolve(String.format(Locale.ROOT, "log_inprogress_%d", entry.getIndex()));
    DurableFiles.write(path, out);
  }

  /** Gives a file that is no longer written its final name, or deletes it if nothing is in it. */
  void finish(Content content) throws IOException {
    if (content.lastEntry() == null) {
      Files.delete(path);
    } else {
      cut(content.bytes());
      String name = String.format(Locale.ROOT, "log_%d-%d", first, content.lastEntry().getIndex());
      Files.move(path, path.resolveSibling(name));
    }
    DurableFiles.syncFolder(path.resolveSibling("."));
  }
}
