package dev.rowan;

import dev.rowan.tracing.TracingConfig;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The flags that say which calls are followed as spans. */
final class TracingOptions {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");

  private static final int PORT_MAX = 65_535;

  private TracingOptions() {}

  /** Null where nothing is followed; as in etcd, the other flags may be given all the same. */
  static @Nullable TracingConfig read(Flags flags) throws UsageException {
    if (!flags.isTrue(Flag.ENABLE_DISTRIBUTED_TRACING)) {
      return null;
    }
    Given address = flags.value(Flag.DISTRIBUTED_TRACING_ADDRESS);
    Matcher parts = ADDRESS.matcher(address.value());
    if (!parts.matches() || !isPort(Integer.parseInt(parts.group(1)))) {
      throw address.malformed();
    }
    String instance = flags.value(Flag.DISTRIBUTED_TRACING_INSTANCE_ID).value();
    return new TracingConfig(
        address.value(),
        flags.value(Flag.DISTRIBUTED_TRACING_SERVICE_NAME).value(),
        instance.isEmpty() ? null : instance,
        rate(flags.value(Flag.DISTRIBUTED_TRACING_SAMPLING_RATE)));
  }

  private static boolean isPort(int number) {
    return number > 0 && number <= PORT_MAX;
  }

  private static int rate(Given given) throws UsageException {
    try {
      int rate = Integer.parseInt(given.value());
      if (rate >= 0 && rate <= TracingConfig.ALL) {
        return rate;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number that is out of range.
    }
    throw given.malformed();
  }
}
