package dev.rowan.it.agent;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.nio.channels.FileChannel;
import java.security.ProtectionDomain;
import java.sql.Connection;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has calls for the time and for the disk go to {@link Disturbed}, in each class that is loaded and
 * not the JDK's; also where a method is only referred to. What the JDK asks of itself, and what
 * SQLite does in native code, stays as it is.
 */
final class Redirection implements ClassFileTransformer {
  private static final ClassDesc DISTURBED = desc(Disturbed.class);
  private static final ClassDesc DATE = desc(Date.class);
  private static final MethodTypeDesc MILLIS = MethodTypeDesc.of(CD_long);
  private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(CD_void);

  /** What is called, with its descriptor, and what is called instead. */
  private record Call(String owner, String name, MethodTypeDesc type) {
    static Call of(Class<?> owner, String name, MethodTypeDesc type) {
      return new Call(owner.getName().replace('.', '/'), name, type);
    }
  }

  private record Instead(String name, MethodTypeDesc type) {}

  private static final Call NEW_DATE = Call.of(Date.class, "<init>", NOTHING);

  private static final Map<Call, Instead> CALLS =
      Map.of(
          Call.of(System.class, "currentTimeMillis", MILLIS),
          new Instead("currentTimeMillis", MILLIS),
          Call.of(Instant.class, "now", MethodTypeDesc.of(desc(Instant.class))),
          new Instead("now", MethodTypeDesc.of(desc(Instant.class))),
          Call.of(Clock.class, "systemUTC", MethodTypeDesc.of(desc(Clock.class))),
          new Instead("clock", MethodTypeDesc.of(desc(Clock.class))),
          Call.of(Clock.class, "systemDefaultZone", MethodTypeDesc.of(desc(Clock.class))),
          new Instead("localClock", MethodTypeDesc.of(desc(Clock.class))),
          Call.of(FileChannel.class, "force", MethodTypeDesc.of(CD_void, CD_boolean)),
          new Instead("force", MethodTypeDesc.of(CD_void, desc(FileChannel.class), CD_boolean)),
          Call.of(Connection.class, "commit", NOTHING),
          new Instead("commit", MethodTypeDesc.of(CD_void, desc(Connection.class))));

  private static ClassDesc desc(Class<?> type) {
    return ClassDesc.ofDescriptor(type.descriptorString());
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      String name,
      @Nullable Class<?> redefined,
      ProtectionDomain domain,
      byte[] bytes) {
    if (loader == null || name.startsWith("dev/rowan/it/agent/")) {
      return null;
    }
    ClassFile format = ClassFile.of();
    ClassModel model = format.parse(bytes);
    if (entries(model).noneMatch(Redirection::concerned)) {
      return null;
    }
    return format.transformClass(
        model, ClassTransform.transformingMethodBodies(Redirection::rewrite));
  }

  private static Stream<PoolEntry> entries(ClassModel model) {
    Stream.Builder<PoolEntry> entries = Stream.builder();
    model.constantPool().forEach(entries);
    return entries.build();
  }

  private static boolean concerned(PoolEntry entry) {
    if (!(entry instanceof MemberRefEntry member) || !member.type().stringValue().startsWith("(")) {
      return false;
    }
    Call call =
        new Call(
            member.owner().asInternalName(),
            member.name().stringValue(),
            MethodTypeDesc.ofDescriptor(member.type().stringValue()));
    return CALLS.containsKey(call) || call.equals(NEW_DATE);
  }

  private static void rewrite(CodeBuilder code, CodeElement element) {
    switch (element) {
      case InvokeInstruction invoke -> {
        Call call =
            new Call(
                invoke.owner().asInternalName(), invoke.name().stringValue(), invoke.typeSymbol());
        Instead instead = CALLS.get(call);
        if (instead != null) {
          code.invokestatic(DISTURBED, instead.name(), instead.type());
        } else if (call.equals(NEW_DATE)) {
          code.invokestatic(DISTURBED, "currentTimeMillis", MILLIS)
              .invokespecial(DATE, "<init>", MethodTypeDesc.of(CD_void, CD_long));
        } else {
          code.with(invoke);
        }
      }
      case InvokeDynamicInstruction dynamic -> code.invokedynamic(rewritten(dynamic));
      default -> code.with(element);
    }
  }

  private static DynamicCallSiteDesc rewritten(InvokeDynamicInstruction dynamic) {
    return DynamicCallSiteDesc.of(
        dynamic.bootstrapMethod(),
        dynamic.name().stringValue(),
        dynamic.typeSymbol(),
        dynamic.bootstrapArgs().stream().map(Redirection::rewritten).toArray(ConstantDesc[]::new));
  }

  private static ConstantDesc rewritten(ConstantDesc argument) {
    if (!(argument instanceof DirectMethodHandleDesc handle)
        || handle.kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR
        || !handle.lookupDescriptor().startsWith("(")) {
      return argument;
    }
    String owner = handle.owner().descriptorString();
    Call call =
        new Call(
            owner.substring(1, owner.length() - 1),
            handle.methodName(),
            MethodTypeDesc.ofDescriptor(handle.lookupDescriptor()));
    Instead instead = CALLS.get(call);
    return instead == null
        ? argument
        : MethodHandleDesc.ofMethod(
            DirectMethodHandleDesc.Kind.STATIC, DISTURBED, instead.name(), instead.type());
  }
}
