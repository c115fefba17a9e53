package dev.rowan.it.faults;

import com.google.protobuf.ByteString;
import dev.rowan.proto.mvccpb.Event;

/**
 * What a write does to one key.
 *
 * @param value the new value; empty for a deletion, which no put of these tests has
 */
record Effect(ByteString key, ByteString value) {
  static Effect put(String key, String value) {
    return new Effect(ByteString.copyFromUtf8(key), ByteString.copyFromUtf8(value));
  }

  static Effect deletion(String key) {
    return new Effect(ByteString.copyFromUtf8(key), ByteString.EMPTY);
  }

  static Effect of(Event event) {
    return new Effect(event.getKv().getKey(), event.getKv().getValue());
  }

  boolean isDeletion() {
    return value.isEmpty();
  }
}
