package dev.rowan.it.linearizability;

import java.util.List;
import java.util.function.Supplier;

/**
 * Something that goes wrong for a while.
 *
 * @param begin makes it go wrong; returns when it has
 * @param end makes it right again; servers may need a while after
 * @param unharmed who must serve nevertheless, before it ends; asked after it has begun
 */
record Fault(String name, Runnable begin, Runnable end, Supplier<List<Instance>> unharmed) {
  /** Something that may harm everybody. */
  Fault(String name, Runnable begin, Runnable end) {
    this(name, begin, end, List::of);
  }

  /** Something that happens in a moment. */
  static Fault at(String name, Runnable moment) {
    return new Fault(name, moment, () -> {});
  }

  /** One that is chosen when it begins. */
  static Fault of(String name, Supplier<Fault> choice) {
    Chosen chosen = new Chosen(choice);
    return new Fault(
        name, chosen::begin, () -> chosen.fault.end().run(), () -> chosen.fault.unharmed().get());
  }

  /** What was chosen last. */
  private static final class Chosen {
    private final Supplier<Fault> choice;
    private Fault fault = at("nothing yet", () -> {});

    Chosen(Supplier<Fault> choice) {
      this.choice = choice;
    }

    void begin() {
      fault = choice.get();
      System.out.println("  " + fault.name());
      fault.begin().run();
    }
  }

  /** The same, if these serve while it lasts. */
  Fault sparing(List<Instance> others) {
    return new Fault(name, begin, end, () -> others);
  }
}
