package dev.rowan.it;

/** A database server of a test's own, which may be made to fail. */
public interface DatabaseServer extends AutoCloseable {
  /** Names an empty database and returns its endpoint for Rowan. */
  String newDatabase();

  /** Cuts every connection to databases that {@link #newDatabase} named. */
  void cutConnections();

  /** Refuses new connections to databases that {@link #newDatabase} named, and cuts the others. */
  void refuseConnections();

  /** Takes connections again. */
  void acceptConnections();

  /** Copies its data aside. It is not running. */
  void backUp();

  /** Puts its data back to what {@link #backUp} copied. It is not running. */
  void putBack();

  /** Kills all its processes at once, as a power cut would. */
  void kill();

  /** Stops all its processes where they are: connections stay, and nothing is answered. */
  void hang();

  /** Lets them go on. */
  void goOn();

  /** Whether its process lives. */
  boolean isRunning();

  /** Starts it again on the same data and port; returns when it serves. */
  void startAgain();

  @Override
  void close();
}
