package dev.rowan.grpc;

import dev.rowan.StartException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of a unix socket: who listens, who may connect, and its end. */
final class UnixSocket {
  private static final Logger LOG = LoggerFactory.getLogger(UnixSocket.class);

  private UnixSocket() {}

  /**
   * Removes a socket that a process has left which is gone.
   *
   * @throws StartException if a process listens there, or if the file is no socket
   */
  static void makeWay(ListenAddress address) throws StartException {
    Path path = address.path();
    try {
      var attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isOther()) {
        throw address.cannotListen(new IOException("the file is there and is no socket"));
      }
      if (isListenedOn(path)) {
        throw address.cannotListen(new IOException("another process listens there"));
      }
      Files.delete(path);
    } catch (NoSuchFileException e) {
      LOG.atTrace().addKeyValue("socket", path).log("nothing is in the way");
    } catch (IOException e) {
      throw address.cannotListen(e);
    }
  }

  private static boolean isListenedOn(Path path) {
    try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException refused) {
      return false;
    }
  }

  /** Leaves the socket to its owner alone. */
  static void restrict(ListenAddress address) throws StartException {
    try {
      Files.setPosixFilePermissions(address.path(), PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw address.cannotListen(e);
    }
  }

  static void remove(ListenAddress address) {
    try {
      Files.deleteIfExists(address.path());
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("socket", address.path())
          .addKeyValue("error", String.valueOf(e.getMessage()))
          .log("the socket cannot be removed");
    }
  }
}
