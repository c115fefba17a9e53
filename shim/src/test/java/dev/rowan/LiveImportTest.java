package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.moving.Imported;
import dev.rowan.moving.LiveImport;
import dev.rowan.moving.LiveSource;
import dev.rowan.proto.etcdserverpb.AuthDisableRequest;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthRoleAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An import from a server that runs, and in which something changes meanwhile. */
class LiveImportTest {
  private static final String ROOT = "root";
  private static final String PASSWORD = "secret";

  @TempDir Path folder;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    List<String> flags =
        List.of(
            "--data-dir=" + folder.resolve("data"),
            "--listen-client-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync",
            "--bcrypt-cost=4");
    var serve = (Request.Serve) CommandLine.parse(flags, Map.of(), false);
    server = Server.start(serve.config());
    URI url = server.clientUrls().getFirst();
    channel = NettyChannelBuilder.forAddress(url.getHost(), url.getPort()).usePlaintext().build();
    var auth = AuthGrpc.newBlockingStub(channel);
    var _ =
        auth.userAdd(AuthUserAddRequest.newBuilder().setName(ROOT).setPassword(PASSWORD).build());
    var _ = auth.roleAdd(AuthRoleAddRequest.newBuilder().setName(ROOT).build());
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(ROOT).setRole(ROOT).build());
    var _ =
        KVGrpc.newBlockingStub(channel)
            .put(
                PutRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8("a"))
                    .setValue(ByteString.copyFromUtf8("1"))
                    .build());
    enable();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
  }

  private void enable() {
    var _ = AuthGrpc.newBlockingStub(channel).authEnable(AuthEnableRequest.getDefaultInstance());
  }

  /** Tokens that were issued before are good for nothing afterwards. */
  private void disableAndEnable() {
    var auth = AuthGrpc.newBlockingStub(channel);
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER),
        auth.authenticate(
                AuthenticateRequest.newBuilder().setName(ROOT).setPassword(PASSWORD).build())
            .getToken());
    var _ =
        auth.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .authDisable(AuthDisableRequest.getDefaultInstance());
    enable();
  }

  @Test
  void aTokenThatEndsMeanwhileIsRenewed() throws Exception {
    LiveSource from =
        new LiveSource(
            server.clientUrls().getFirst(),
            null,
            null,
            null,
            ROOT + ":" + PASSWORD,
            ByteString.EMPTY);
    Endpoint to = Endpoint.parse("sqlite://" + folder.resolve("to.db"), folder);
    List<Long> percents = new ArrayList<>();

    Imported imported =
        LiveImport.read(
            from,
            to,
            (done, all) -> {
              if (percents.isEmpty()) {
                disableAndEnable();
              }
              percents.add(100 * done / all);
            });

    assertThat(imported.text()).contains("HashKV at revision 2 is the source's");
    assertThat(percents).isSorted().endsWith(100L);
  }
}
