package dev.rowan.cluster;

import dev.rowan.dialects.Instance;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instances that live over one log, as the database last told. Any thread.
 *
 * <p>The one that joined first leads: it does at once what only one need do (ends leases, prunes,
 * auto-compacts), and is called the leader. It may be that two believe to lead, or none does, for
 * some seconds after one has died or was paused; whatever a leader does is therefore right if
 * another does it too, and the others do the same somewhat later if it was not done.
 */
public final class Instances {
  /** How often this instance tells that it lives, and asks who else does. */
  public static final Duration ANNOUNCE_PERIOD = Duration.ofSeconds(3);

  private static final Logger log = LoggerFactory.getLogger(Instances.class);

  private final RevisionLog revisionLog;
  private final long id = new SecureRandom().nextLong();
  private final long memberId;
  private final String name;
  private final Supplier<List<String>> clientUrls;
  private volatile List<Instance> living;

  /** Announcements that were begun. Written under the lock. */
  private volatile long begun;

  /** The last of them that came to its end. Under the lock. */
  private long ended;

  /** Under the lock. */
  private boolean left;

  private Instances(
      RevisionLog revisionLog, long memberId, String name, Supplier<List<String>> clientUrls) {
    this.revisionLog = revisionLog;
    this.memberId = memberId;
    this.name = name;
    this.clientUrls = clientUrls;
    this.living = List.of(self());
  }

  /**
   * Joins the instances of a log; blocks on the database.
   *
   * @param clientUrls where clients reach this instance; asked again at each announcement
   */
  public static Instances join(
      RevisionLog revisionLog, long memberId, String name, Supplier<List<String>> clientUrls)
      throws LogException {
    var instances = new Instances(revisionLog, memberId, name, clientUrls);
    List<Instance> _ = instances.announce();
    return instances;
  }

  private Instance self() {
    return new Instance(id, memberId, name, clientUrls.get());
  }

  /**
   * Tells that this instance lives, and asks who else does; blocks on the database. Who waits here
   * meanwhile for the same has it of the next one together.
   *
   * @return the living, as the database had them at a time during the call
   */
  List<Instance> announce() throws LogException {
    long before = begun;
    synchronized (this) {
      if (ended <= before && !left) {
        begun++;
        living = revisionLog.announce(self());
        ended = begun;
      }
      return living;
    }
  }

  /** Announces this instance again; blocks on the database. */
  public void announceAgain() {
    try {
      List<Instance> _ = announce();
    } catch (LogException e) {
      log.atDebug().addKeyValue("error", e.getMessage()).log("cannot tell that this one lives");
    }
  }

  /** The living in the order in which they joined, this one always among them. */
  public List<Instance> living() {
    return living;
  }

  /** Whether there may be others. */
  boolean shared() {
    return revisionLog.shared();
  }

  /** Whether no other instance lives. */
  public boolean alone() {
    return living.size() == 1;
  }

  /** Whether this one joined first of those that live. */
  public boolean leads() {
    return living.getFirst().id() == id;
  }

  /** The member id of the one that leads. */
  public long leaderId() {
    return living.getFirst().memberId();
  }

  /**
   * Takes this one out, so that the others need not wait to find it gone; best effort. Blocks on
   * the database.
   */
  public synchronized void leave() {
    left = true;
    try {
      revisionLog.leave(self());
    } catch (LogException e) {
      log.atDebug().addKeyValue("error", e.getMessage()).log("cannot tell that this one ends");
    }
  }
}
