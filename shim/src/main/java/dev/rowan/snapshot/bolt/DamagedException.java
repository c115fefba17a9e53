package dev.rowan.snapshot.bolt;

import java.io.IOException;

/** A file is not what it should be; the message says where and what. */
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1;

  public DamagedException(String message) {
    super(message);
  }
}
