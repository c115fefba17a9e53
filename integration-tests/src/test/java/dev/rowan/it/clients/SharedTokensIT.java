package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A-9 on two instances over one database: what one issues and ends, the other knows at once. */
@TestInstance(Lifecycle.PER_CLASS)
final class SharedTokensIT {
  private static final ByteString KEY = ByteString.copyFromUtf8("key");

  private Server one;
  private Server other;
  private Client oneClient;
  private Client otherClient;

  @BeforeAll
  void start() {
    String database = Postgres.newDatabase();
    one = Rowan.over(database, "--name=one", "--bcrypt-cost=4");
    other = Rowan.over(database, "--name=other", "--bcrypt-cost=4");
    oneClient = one.client();
    otherClient = other.client();
    var auth = AuthGrpc.newBlockingStub(oneClient.channel());
    var _ = auth.userAdd(AuthUserAddRequest.newBuilder().setName("root").setPassword("0").build());
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser("root").setRole("root").build());
    var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
  }

  @AfterAll
  void stop() {
    oneClient.close();
    otherClient.close();
    one.close();
    other.close();
  }

  private static String login(Client client, String password) {
    return AuthGrpc.newBlockingStub(client.channel())
        .authenticate(
            AuthenticateRequest.newBuilder().setName("root").setPassword(password).build())
        .getToken();
  }

  private static Metadata headers(String token) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), token);
    return headers;
  }

  private static KVGrpc.KVBlockingStub bearing(Client client, String token) {
    return client.kv().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers(token)));
  }

  @Test
  void eachTokenIsGoodEverywhereAtOnceAndEndsEverywhere() {
    String password = "0";
    RangeRequest stale = RangeRequest.newBuilder().setKey(KEY).setSerializable(true).build();
    PutRequest put = PutRequest.newBuilder().setKey(KEY).build();
    for (int i = 1; i <= 20; i++) {
      Client here = i % 2 == 0 ? oneClient : otherClient;
      Client there = i % 2 == 0 ? otherClient : oneClient;
      String token = login(here, password);

      assertThat(bearing(there, token).range(stale).getHeader().getRevision()).isPositive();
      assertThat(bearing(there, token).put(put).getHeader().getRevision()).isPositive();
      password = Integer.toString(i);
      var _ =
          AuthGrpc.newBlockingStub(there.channel())
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers(token)))
              .userChangePassword(
                  AuthUserChangePasswordRequest.newBuilder()
                      .setName("root")
                      .setPassword(password)
                      .build());
      assertThatThrownBy(() -> bearing(there, token).put(put)).satisfies(SharedTokensIT::invalid);
      String next = login(here, password);
      assertThat(bearing(here, next).range(stale).getHeader().getRevision()).isPositive();
      assertThatThrownBy(() -> bearing(here, token).put(put)).satisfies(SharedTokensIT::invalid);
    }
  }

  private static void invalid(Throwable refusal) {
    assertThat(refusal)
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("UNAUTHENTICATED: etcdserver: invalid auth token");
  }

  /** A token with a number from the far future is as wrong as any, and nobody waits for it. */
  @Test
  void aMadeUpTokenIsInvalid() {
    String madeUp = "abcdefghijklmnop." + Long.MAX_VALUE;

    assertThatThrownBy(
            () -> bearing(oneClient, madeUp).range(RangeRequest.newBuilder().setKey(KEY).build()))
        .satisfies(SharedTokensIT::invalid);
  }
}
