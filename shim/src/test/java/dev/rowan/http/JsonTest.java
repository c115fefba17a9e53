package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** H-6. */
class JsonTest {
  @Test
  void namesAreThoseOfTheProtoAndZeroesAreLeftOut() {
    var response =
        RangeResponse.newBuilder()
            .setHeader(ResponseHeader.newBuilder().setClusterId(-1).setRevision(7))
            .addKvs(KeyValue.newBuilder().setKey(ByteString.copyFromUtf8("k")).setModRevision(3))
            .build();

    assertThat(Json.print(response))
        .isEqualTo(
            "{\"header\":{\"cluster_id\":\"18446744073709551615\",\"revision\":\"7\"},"
                + "\"kvs\":[{\"key\":\"aw==\",\"mod_revision\":\"3\"}]}");
  }

  @Test
  void largeNumbersAreWholeInBothDirections() throws StatusException {
    assertThat(Json.print(DeleteRangeResponse.newBuilder().setDeleted(Long.MAX_VALUE).build()))
        .isEqualTo("{\"deleted\":\"9223372036854775807\"}");
    assertThat(parse("{\"revision\":9223372036854775807}").getRevision()).isEqualTo(Long.MAX_VALUE);
    assertThat(parse("{\"revision\":\"-9223372036854775808\"}").getRevision())
        .isEqualTo(Long.MIN_VALUE);
    assertThat(parse("{\"limit\":1e2}").getLimit()).isEqualTo(100);
    assertThat(parse("{\"limit\":1.0}").getLimit()).isEqualTo(1);
  }

  @Test
  void enumsAreNamesAndMayBeNumbers() throws StatusException {
    var deletion =
        WatchResponse.newBuilder()
            .addEvents(Event.newBuilder().setType(Event.EventType.DELETE))
            .build();

    assertThat(Json.print(deletion)).isEqualTo("{\"events\":[{\"type\":\"DELETE\"}]}");
    assertThat(parse("{\"sort_order\":\"DESCEND\"}").getSortOrderValue()).isEqualTo(2);
    assertThat(parse("{\"sort_order\":2}").getSortOrderValue()).isEqualTo(2);
    assertThat(parse("{\"sort_order\":99}").getSortOrderValue()).isEqualTo(99);
    assertThat(parse("{\"sort_order\":\"NOPE\"}").getSortOrderValue()).isZero();
  }

  @Test
  void bothSpellingsAreReadAndUnknownFieldsIgnored() throws StatusException {
    assertThat(parse("{\"rangeEnd\":\"Yg==\",\"nothing\":{\"a\":[1]}}").getRangeEnd())
        .isEqualTo(ByteString.copyFromUtf8("b"));
    assertThat(parse("{\"range_end\":\"Yg==\"}").getRangeEnd())
        .isEqualTo(ByteString.copyFromUtf8("b"));
    var grant = (LeaseGrantRequest) message("{\"ID\":7}", LeaseGrantRequest.getDefaultInstance());
    assertThat(grant.getID()).isEqualTo(7);
  }

  @Test
  void bytesAreBase64OfEitherAlphabetWithOrWithoutPadding() throws StatusException {
    ByteString bytes = ByteString.copyFrom(new byte[] {-1, -17});
    for (String text : List.of("/+8=", "/+8", "_-8=", "_-8")) {
      assertThat(parse("{\"key\":\"" + text + "\"}").getKey()).as(text).isEqualTo(bytes);
    }
  }

  @Test
  void nullIsTheDefault() throws StatusException {
    assertThat(parse("{\"key\":null,\"limit\":null}")).isEqualTo(RangeRequest.getDefaultInstance());
  }

  @Test
  void whatEtcdRefusesIsRefused() {
    for (String json :
        List.of(
            "{\"key\":\"***\"}",
            "{\"limit\":\"x\"}",
            "{\"limit\":\"9223372036854775808\"}",
            "{\"limit\":1.5}",
            "{\"limit\":\"\"}",
            "{\"key\":\"YQ==\",\"key\":\"YQ==\"}",
            "{\"range_end\":\"YQ==\",\"rangeEnd\":\"YQ==\"}",
            "{'key':'YQ=='}",
            "{key:\"YQ==\"}",
            "{\"key\":\"YQ==\",}",
            "{\"key\":\"\\uD800\"}",
            "{\"key\":\"YQ==\"/* a comment */}",
            "{\"serializable\":1}",
            "{\"key\"}")) {
      assertThatThrownBy(() -> parse(json))
          .as(json)
          .isInstanceOf(StatusException.class)
          .extracting(e -> Status.fromThrowable(e).getCode())
          .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
    assertThatThrownBy(() ->
            message(
                "{\"success\":[{\"request_put\":{},\"request_range\":{}}]}",
                TxnRequest.getDefaultInstance()))
        .isInstanceOf(StatusException.class);
  }

  @Test
  void whatIsNotUtf8IsRefused() {
    ByteString json =
        ByteString.copyFromUtf8("{\"x\":\"")
            .concat(ByteString.copyFrom(new byte[] {(byte) 0xff}))
            .concat(ByteString.copyFromUtf8("\"}"));

    assertThatThrownBy(() -> Json.parse(json, PutRequest.getDefaultInstance()))
        .isInstanceOf(StatusException.class);
  }

  @Test
  void nestingIsBounded() {
    String deep = "{\"x\":".repeat(100_000) + "1" + "}".repeat(100_000);

    assertThatThrownBy(() -> parse(deep)).isInstanceOf(StatusException.class);
  }

  private static RangeRequest parse(String json) throws StatusException {
    return (RangeRequest) message(json, RangeRequest.getDefaultInstance());
  }

  private static Message message(String json, Message prototype) throws StatusException {
    return Json.parse(ByteString.copyFromUtf8(json), prototype);
  }
}
