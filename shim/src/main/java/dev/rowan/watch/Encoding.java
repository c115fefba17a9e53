package dev.rowan.watch;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.rowan.mvcc.Change;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.Event.EventType;
import dev.rowan.proto.mvccpb.KeyValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Encodes the fields of a WatchResponse, each as a piece of a {@link WatchFrame}. */
final class Encoding {
  private static final byte[] NOTHING = {};
  private static final byte[] FRAGMENT = {WatchResponse.FRAGMENT_FIELD_NUMBER << 3, 1};

  private Encoding() {}

  static byte[] header(ResponseHeader header) {
    return message(WatchResponse.HEADER_FIELD_NUMBER, header);
  }

  /** Proto3 leaves out a watch id of 0. */
  static byte[] watchId(long watchId) {
    if (watchId == 0) {
      return NOTHING;
    }
    byte[] piece =
        new byte[CodedOutputStream.computeInt64Size(WatchResponse.WATCH_ID_FIELD_NUMBER, watchId)];
    write(piece, out -> out.writeInt64(WatchResponse.WATCH_ID_FIELD_NUMBER, watchId));
    return piece;
  }

  static byte[] fragment() {
    return FRAGMENT;
  }

  /** An event (W-7); {@code previous} only where the watcher asked for it and there is one. */
  static byte[] event(Change change, @Nullable KeyValue previous) {
    Event.Builder event =
        Event.newBuilder()
            .setType(change.deletion() ? EventType.DELETE : EventType.PUT)
            .setKv(change.kv());
    if (previous != null) {
      event.setPrevKv(previous);
    }
    return message(WatchResponse.EVENTS_FIELD_NUMBER, event.build());
  }

  private static byte[] message(int field, MessageLite message) {
    byte[] piece = new byte[CodedOutputStream.computeMessageSize(field, message)];
    write(piece, out -> out.writeMessage(field, message));
    return piece;
  }

  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static void write(byte[] piece, Writer writer) {
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(piece);
      writer.write(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException("an array of the computed size was too small", e);
    }
  }
}
