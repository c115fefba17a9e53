package dev.rowan.it.quorum;

import dev.rowan.it.Scrape;
import dev.rowan.it.StreamSession;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One member of three is left. */
final class LeaderlessScripts {
  private static final int SURVIVOR = 1;

  private LeaderlessScripts() {}

  static void majorityGone(Trio trio) {
    Channel demanding = requiringALeader(trio.client(SURVIVOR).channel());
    try (WatchSession stream =
            new WatchSession(StreamSession.open(demanding, WatchGrpc.getWatchMethod()));
        WatchSession patient = trio.client(SURVIVOR).watch()) {
      stream.create(Requests.watch("a"));
      trio.note("created", WatchScripts.text(trio, stream.next()));
      patient.create(Requests.watch("a"));
      trio.note("created", WatchScripts.text(trio, patient.next()));
      trio.server(0).process().kill();
      trio.server(2).process().kill();
      trio.note("with hasleader", WatchScripts.text(trio, stream.next()));
      trio.until(() -> trio.status(SURVIVOR).getLeader() == 0);
      StatusResponse status = trio.status(SURVIVOR);
      trio.note("errors", status.getErrorsList());
      trio.note(
          "get with hasleader",
          () -> KVGrpc.newBlockingStub(demanding).range(Requests.get("a").build()));
      trio.note(
          "serializable get with hasleader",
          () ->
              KVGrpc.newBlockingStub(demanding)
                  .range(Requests.get("a").setSerializable(true).build()));
      trio.note(
          "put with hasleader",
          () -> KVGrpc.newBlockingStub(demanding).put(Requests.put("a", "").build()));
      trio.note(
          "serializable get",
          () -> trio.client(SURVIVOR).kv().range(Requests.get("a").setSerializable(true).build()));
      trio.note(
          "members",
          () -> trio.client(SURVIVOR).cluster().memberList(MemberListRequest.getDefaultInstance()));
      // Both wait until their time is over.
      CompletableFuture<PutResponse> put =
          CompletableFuture.supplyAsync(
              () -> trio.client(SURVIVOR).kv().put(Requests.put("a", "").build()));
      trio.note("get", () -> trio.client(SURVIVOR).kv().range(Requests.get("a").build()));
      trio.note("put", () -> outcome(put));
      for (String page : new String[] {"/health", "/health?serializable=true", "/livez"}) {
        trio.note(page, Scrape.ask(trio.server(SURVIVOR).port(), page).strip());
      }
      trio.note("still watching", patient.poll(Duration.ZERO).isEmpty());
    }
  }

  private static PutResponse outcome(CompletableFuture<PutResponse> put) {
    try {
      return put.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof StatusRuntimeException failure ? failure : e;
    }
  }

  private static Channel requiringALeader(Channel channel) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}
