package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusException;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonObjectsTest {
  private static final String BODY =
      " {\"a\":\"}{\\\"\\\\\"}\n\t{}{\"b\":{\"c\":[{},{\"d\":\"\\u007d\"}]}} {\"é\":\"{\"}\r\n";

  private static final List<String> OBJECTS =
      List.of(
          "{\"a\":\"}{\\\"\\\\\"}",
          "{}",
          "{\"b\":{\"c\":[{},{\"d\":\"\\u007d\"}]}}",
          "{\"é\":\"{\"}");

  /** H-6: a body may hold several messages, and arrives in whatever pieces. */
  @Test
  void objectsAreTheSameWhereverABodyIsCut() throws StatusException {
    byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
    for (int first = 0; first <= body.length; first++) {
      for (int second = first; second <= body.length; second++) {
        var objects = new JsonObjects(body.length, new BodyBudget(1 << 20));
        List<String> found = new ArrayList<>();
        feed(objects, Arrays.copyOfRange(body, 0, first), found);
        feed(objects, Arrays.copyOfRange(body, first, second), found);
        feed(objects, Arrays.copyOfRange(body, second, body.length), found);

        assertThat(found).isEqualTo(OBJECTS);
        assertThat(objects.inObject()).isFalse();
      }
    }
  }

  @Test
  void aStreamOfObjectsMayBeLongerThanOneMayBe() throws StatusException {
    var objects = new JsonObjects(64, new BodyBudget(1 << 20));
    List<String> found = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      feed(objects, ("{\"n\":" + i + "}").getBytes(StandardCharsets.UTF_8), found);
    }

    assertThat(found).hasSize(1000).endsWith("{\"n\":999}");
  }

  /** The bodies of all requests together, whose senders nobody knows yet. */
  @Test
  void whatAllHoldIsBoundedAndGivenBack() throws StatusException {
    var budget = new BodyBudget(10_000);
    var first = new JsonObjects(20_000, budget);
    var second = new JsonObjects(20_000, budget);
    first.add(Unpooled.wrappedBuffer(new byte[9_000]));

    assertThatThrownBy(() -> second.add(Unpooled.wrappedBuffer(new byte[9_000])))
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

    first.clear();
    second.add(Unpooled.wrappedBuffer(new byte[9_000]));
  }

  @Test
  void anObjectOfTooManyValuesIsRefused() throws StatusException {
    var objects = new JsonObjects(1 << 20, new BodyBudget(1 << 21));
    String body = "{\"x\":[" + "{},".repeat(60_000) + "{}]}";
    objects.add(Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));

    assertThatThrownBy(objects::next)
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void anObjectThatDoesNotEndIsBounded() throws StatusException {
    var objects = new JsonObjects(5000, new BodyBudget(1 << 20));
    objects.add(Unpooled.wrappedBuffer(new byte[4000]));

    assertThatThrownBy(() -> objects.add(Unpooled.wrappedBuffer(new byte[1001])))
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void somethingElseThanAnObjectIsMalformed() throws StatusException {
    for (String body : List.of("5", "null", "[]", "\"{}\"", "x", "{} }")) {
      var objects = new JsonObjects(100, new BodyBudget(1 << 20));
      objects.add(Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));

      assertThatThrownBy(
              () -> {
                while (objects.next() != null) {
                  // On to what is wrong.
                }
              })
          .as(body)
          .extracting(e -> Status.fromThrowable(e).getCode())
          .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
  }

  @Test
  void anObjectThatBeganIsKnown() throws StatusException {
    var objects = new JsonObjects(100, new BodyBudget(1 << 20));
    objects.add(Unpooled.copiedBuffer("{\"a\":1", StandardCharsets.UTF_8));

    assertThat(objects.next()).isNull();
    assertThat(objects.inObject()).isTrue();
  }

  private static void feed(JsonObjects objects, byte[] piece, List<String> found)
      throws StatusException {
    objects.add(Unpooled.wrappedBuffer(piece));
    for (ByteString next = objects.next(); next != null; next = objects.next()) {
      found.add(next.toStringUtf8());
    }
  }
}
