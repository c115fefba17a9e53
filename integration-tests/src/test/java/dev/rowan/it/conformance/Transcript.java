package dev.rowan.it.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was sent to one side and what came back, in order. Not thread-safe. */
public final class Transcript {
  private static final int TAIL_STEPS = 6;

  private final List<Step> steps = new ArrayList<>();

  /** A request and its answer. */
  record Step(String request, String answer) {
    @Override
    public String toString() {
      return request + "\n    -> " + answer;
    }
  }

  void add(String request, String answer) {
    steps.add(new Step(request, answer));
  }

  int size() {
    return steps.size();
  }

  Step step(int index) {
    return steps.get(index);
  }

  /** The first step that differs, readably and with the steps before it; empty if none does. */
  public static Optional<String> difference(Side expected, Side actual) {
    Transcript left = expected.transcript();
    Transcript right = actual.transcript();
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      String request = i < left.size() ? left.step(i).request() : "(no step)";
      String leftAnswer = i < left.size() ? left.step(i).answer() : "(no step)";
      String rightAnswer = i < right.size() ? right.step(i).answer() : "(no step)";
      boolean same = i < right.size() && request.equals(right.step(i).request());
      if (!same || !leftAnswer.equals(rightAnswer)) {
        String other = same ? "" : "\n  " + actual.name() + " at another step: " + right.at(i);
        return Optional.of(
            left.before(i)
                + "step %d: %s\n  %s: %s\n  %s: %s%s"
                    .formatted(
                        i + 1,
                        request,
                        expected.name(),
                        leftAnswer,
                        actual.name(),
                        rightAnswer,
                        other));
      }
    }
    return Optional.empty();
  }

  /** The last steps, readably. */
  public static String tail(Side side) {
    return side.transcript().before(side.transcript().size());
  }

  private String at(int index) {
    return index < size() ? step(index).request() : "(none)";
  }

  private String before(int index) {
    StringBuilder text = new StringBuilder("\n");
    for (int i = Math.max(0, index - TAIL_STEPS); i < Math.min(index, size()); i++) {
      text.append("step ").append(i + 1).append(": ").append(step(i)).append('\n');
    }
    return text.toString();
  }
}
