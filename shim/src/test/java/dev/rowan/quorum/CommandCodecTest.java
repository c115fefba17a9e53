package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.rowan.auth.AuthCommand;
import dev.rowan.auth.Caller;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import dev.rowan.proto.etcdserverpb.PutRequest;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CommandCodecTest {
  private static final Command<?> PUT =
      new Command.Put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build());

  static List<FieldDescriptor> commands() {
    return dev.rowan.proto.rowanpb.Command.getDescriptor().getOneofs().getFirst().getFields();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandOfTheWireIsReadAndWritten(FieldDescriptor field) {
    dev.rowan.proto.rowanpb.Command.Builder wire = dev.rowan.proto.rowanpb.Command.newBuilder();
    wire.setField(field, wire.newBuilderForField(field).build());

    Command<?> command = CommandCodec.decode(wire.build());

    assertThat(CommandCodec.encode(command, Caller.NOBODY)).isEqualTo(wire.build());
  }

  static Stream<Command<?>> filled() {
    ByteString bytes = ByteString.copyFromUtf8("b");
    return Stream.of(
        PUT,
        new Command.Downgrade(DowngradeAction.ENABLE, "3.6.0"),
        new Command.Downgrade(DowngradeAction.CANCEL, null),
        new Command.Auth<>(new AuthCommand.Login("u", bytes, "letters")),
        new Command.Auth<>(new AuthCommand.RenewToken(bytes)));
  }

  @ParameterizedTest
  @MethodSource("filled")
  void commandsKeepWhatIsInThem(Command<?> command) {
    assertThat(CommandCodec.decode(CommandCodec.encode(command, Caller.NOBODY))).isEqualTo(command);
  }

  static Stream<Caller> callers() {
    return Stream.of(
        Caller.NOBODY,
        Caller.INTERNAL,
        new Caller.Named("u", 3, Caller.Proof.CERTIFICATE),
        new Caller.Named("u", 3, new Caller.Proof.Token(ByteString.copyFromUtf8("d"))),
        new Caller.Named("u", 3, Caller.Proof.SIGNED));
  }

  @ParameterizedTest
  @MethodSource("callers")
  void callersAreKept(Caller caller) {
    assertThat(CommandCodec.caller(CommandCodec.encode(PUT, caller))).isEqualTo(caller);
  }

  @Test
  void whatEachMemberDoesForItselfIsNotHandedOver() {
    for (Command<?> command :
        List.of(
            new Command.Defragment(),
            new Command.ExpireLeases(1, Duration.ZERO),
            new Command.BeginTerm(2),
            new Command.Auth<>(new AuthCommand.EndTokens()),
            new Command.Sync(1, true))) {
      assertThatThrownBy(() -> CommandCodec.encode(command, Caller.INTERNAL))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void commandOfANewerVersionIsRefused() {
    assertThatThrownBy(
            () -> CommandCodec.decode(dev.rowan.proto.rowanpb.Command.getDefaultInstance()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("newer version");
  }
}
