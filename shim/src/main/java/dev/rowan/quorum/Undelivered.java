package dev.rowan.quorum;

/** A call did not get to the other member and never will: nothing of it was carried out. */
public final class Undelivered extends Exception {
  private static final long serialVersionUID = 1;

  public Undelivered(Throwable cause) {
    super(cause.getMessage(), cause);
  }
}
