package dev.rowan;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Signals of the operating system. A shutdown hook cannot tell a second signal, and ends with the
 * signal's exit code; sun.misc.Signal can, and is reached by name because the compiler warns of it
 * in a way that cannot be turned off for one place.
 */
final class Signals {
  private Signals() {}

  /** Calls the handler with the signal's number, on a thread of the JVM's, each time one comes. */
  static void handle(List<String> names, IntConsumer handler) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      var number = signalType.getMethod("getNumber");
      Object proxy =
          Proxy.newProxyInstance(
              handlerType.getClassLoader(),
              new Class<?>[] {handlerType},
              (self, method, arguments) -> {
                handler.accept((int) number.invoke(arguments[0]));
                return null;
              });
      for (String name : names) {
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM has no sun.misc.Signal", e);
    }
  }
}
