package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.rowan.auth.AuthCommand;
import dev.rowan.cluster.Identity;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.Rpc;
import dev.rowan.proto.rowanpb.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class AnswerCodecTest {
  private static final Identity HERE = Identity.of(11, 22, 33);
  private static final ResponseHeader THERE =
      ResponseHeader.newBuilder()
          .setClusterId(11)
          .setMemberId(99)
          .setRevision(7)
          .setRaftTerm(98)
          .build();
  private static final Command<?> PUT = new Command.Put(PutRequest.getDefaultInstance());

  /** Those that are requests of etcd's. */
  static List<FieldDescriptor> requests() {
    return dev.rowan.proto.rowanpb.Command.getDescriptor()
        .getOneofs()
        .getFirst()
        .getFields()
        .stream()
        .filter(field -> field.getMessageType().getFile().getPackage().equals("etcdserverpb"))
        .toList();
  }

  private static Object decode(Answer answer, Command<?> command) throws Exception {
    return AnswerCodec.decode(answer, command, HERE, AnswerCodec.ownHeader(HERE));
  }

  /** As etcd's services say which response a request has. */
  private static Descriptor response(Descriptor request) {
    for (ServiceDescriptor service : Rpc.getDescriptor().getServices()) {
      for (MethodDescriptor method : service.getMethods()) {
        if (method.getInputType().equals(request)) {
          return method.getOutputType();
        }
      }
    }
    throw new AssertionError("nobody asks " + request.getFullName());
  }

  @ParameterizedTest
  @MethodSource("requests")
  void everyResponseIsReadWithTheHeaderOfTheMemberThatWasAsked(FieldDescriptor field)
      throws Exception {
    var wire = dev.rowan.proto.rowanpb.Command.newBuilder();
    wire.setField(field, wire.newBuilderForField(field).build());
    Command<?> command = CommandCodec.decode(wire.build());
    Descriptor type = response(field.getMessageType());
    DynamicMessage sent =
        DynamicMessage.newBuilder(type).setField(type.findFieldByName("header"), THERE).build();

    Message read = (Message) decode(AnswerCodec.encode(sent), command);

    assertThat(read.getDescriptorForType()).isEqualTo(type);
    assertThat(read.getField(type.findFieldByName("header"))).isEqualTo(HERE.header(7));
  }

  @Test
  void whatIsInAResponseStays() throws Exception {
    PutResponse.Builder response = PutResponse.newBuilder().setHeader(THERE);
    response.getPrevKvBuilder().setKey(ByteString.copyFromUtf8("k")).setVersion(3);

    assertThat(decode(AnswerCodec.encode(response.build()), PUT))
        .isEqualTo(response.setHeader(HERE.header(7)).build());
  }

  @Test
  void loginsAndRenewalsAreRead() throws Exception {
    var loggedIn = new AuthCommand.LoggedIn(THERE, true, 5, "token");
    Command<?> login = new Command.Auth<>(new AuthCommand.Login("u", ByteString.EMPTY, "letters"));
    Command<?> renewal = new Command.Auth<>(new AuthCommand.RenewToken(ByteString.EMPTY));

    assertThat(decode(AnswerCodec.encode(loggedIn), login))
        .isEqualTo(new AuthCommand.LoggedIn(HERE.header(7), true, 5, "token"));
    assertThat(decode(AnswerCodec.encode(true), renewal)).isEqualTo(true);
    assertThat(decode(AnswerCodec.encode(false), renewal)).isEqualTo(false);
  }

  @Test
  void refusalsComeBackAsTheyAreButThatTheOtherStops() throws Exception {
    for (EtcdError error : EtcdError.values()) {
      EtcdException read = (EtcdException) decode(AnswerCodec.encode(error.exception()), PUT);

      assertThat(read.error())
          .isEqualTo(error == EtcdError.STOPPED ? EtcdError.TIMED_OUT_LEADER_FAILED : error);
    }
  }

  @Test
  void theRefusalOfANewerVersionIsAnInternalError() throws Exception {
    Answer answer = Answer.newBuilder().setRefusal("NOT_KNOWN_YET").build();

    assertThat(((EtcdException) decode(answer, PUT)).error()).isEqualTo(EtcdError.INTERNAL);
  }

  @Test
  void whatIsNoAnswerToTheCommandIsRefused() {
    Answer none = Answer.getDefaultInstance();
    Answer torn = Answer.newBuilder().setResponse(ByteString.copyFromUtf8("\n")).build();
    Command<?> renewal = new Command.Auth<>(new AuthCommand.RenewToken(ByteString.EMPTY));
    Answer message = AnswerCodec.encode(PutResponse.getDefaultInstance());

    assertThatThrownBy(() -> decode(none, PUT)).isInstanceOf(InvalidProtocolBufferException.class);
    assertThatThrownBy(() -> decode(torn, PUT)).isInstanceOf(InvalidProtocolBufferException.class);
    assertThatThrownBy(() -> decode(message, renewal))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }
}
