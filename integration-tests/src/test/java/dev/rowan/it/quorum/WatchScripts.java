package dev.rowan.it.quorum;

import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import java.util.ArrayList;
import java.util.List;

/** Watchers at every member, of what is written at every member. */
final class WatchScripts {
  private WatchScripts() {}

  static void everywhere(Trio trio) {
    long from = trio.client(0).kv().range(Requests.get("w").build()).getHeader().getRevision() + 1;
    List<WatchSession> watches = new ArrayList<>();
    for (int i = 0; i < trio.size(); i++) {
      WatchSession watch = trio.client(i).watch();
      watch.create(Requests.watch("w", "x").setStartRevision(from).setPrevKv(true));
      trio.note("created", text(trio, watch.next()));
      watches.add(watch);
    }
    for (int i = 0; i < trio.size(); i++) {
      var _ = trio.client(i).kv().put(Requests.put("w", "of " + i).build());
      for (WatchSession watch : watches) {
        trio.note("event", text(trio, watch.next()));
      }
    }
    var _ = trio.client(1).kv().deleteRange(Requests.delete("w").build());
    for (int i = 0; i < trio.size(); i++) {
      WatchSession watch = watches.get(i);
      trio.note("event", text(trio, watch.next()));
      watch.progress();
      trio.note("progress", text(trio, watch.next()));
      watch.close();
      try (WatchSession late = trio.client(i).watch()) {
        late.create(Requests.watch("w", "x").setStartRevision(from).setPrevKv(true));
        trio.note("created", text(trio, late.next()));
        trio.note("history", text(trio, late.next()));
      }
    }
  }

  /** Every member has the same, and etcd's what Rowan's have. */
  static void hashes(Trio trio) {
    long revision = trio.client(0).kv().range(Requests.get("w").build()).getHeader().getRevision();
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.until(() -> trio.client(at).kv().range(read()).getHeader().getRevision() >= revision);
      HashKVRequest request = HashKVRequest.newBuilder().setRevision(revision).build();
      trio.note("hash", () -> trio.client(at).maintenance().hashKV(request));
    }
  }

  private static RangeRequest read() {
    return Requests.get("w").setSerializable(true).build();
  }

  static String text(Trio trio, Received<WatchResponse> received) {
    return switch (received) {
      case Received.Response<WatchResponse>(WatchResponse message) -> trio.text(message);
      case Received.End<WatchResponse>(var status) ->
          "ended: " + status.getCode() + " " + status.getDescription();
    };
  }
}
