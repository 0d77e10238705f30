package wirebook.engine.ssh.server;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessMode;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.security.Principal;
import java.security.PublicKey;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.file.FileSystemFactory;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.scp.common.helpers.DefaultScpFileOpener;
import org.apache.sshd.scp.server.ScpCommandFactory;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.keyboard.KeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.CommandFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.global.NoMoreSessionsHandler;
import org.apache.sshd.server.global.OpenSshHostKeysHandler;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpEventListener;
import org.apache.sshd.sftp.server.SftpFileSystemAccessor;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.apache.sshd.sftp.server.SftpSubsystemProxy;
import wirebook.engine.ssh.key.Ed25519Support;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.transport.IncomingChannel;
import wirebook.engine.ssh.transport.NetworkIo;

/**
 * sshd on an {@link SshHost}: strict key exchange, no algorithm that is known to be weak, few
 * tries.
 */
public final class SshDaemon implements Closeable {
  private static final Duration LOGIN_GRACE = Duration.ofMinutes(2);
  private static final int TRIES = 6;
  private static final int SESSIONS = 10;
  private static final int USER_ID = 1000;
  private static final long FOLDER_SIZE = 4096;

  private static final List<BuiltinDHFactories> EXCHANGES =
      List.of(
          BuiltinDHFactories.sntrup761x25519,
          BuiltinDHFactories.sntrup761x25519_openssh,
          BuiltinDHFactories.curve25519,
          BuiltinDHFactories.curve25519_libssh,
          BuiltinDHFactories.ecdhp256,
          BuiltinDHFactories.ecdhp384,
          BuiltinDHFactories.ecdhp521,
          BuiltinDHFactories.dhgex256,
          BuiltinDHFactories.dhg16_512,
          BuiltinDHFactories.dhg18_512,
          BuiltinDHFactories.dhg14_256);
  private static final List<BuiltinCiphers> CIPHERS =
      List.of(
          BuiltinCiphers.cc20p1305_openssh,
          BuiltinCiphers.aes256gcm,
          BuiltinCiphers.aes128gcm,
          BuiltinCiphers.aes256ctr,
          BuiltinCiphers.aes192ctr,
          BuiltinCiphers.aes128ctr);
  private static final List<BuiltinMacs> MACS =
      List.of(
          BuiltinMacs.hmacsha256etm,
          BuiltinMacs.hmacsha512etm,
          BuiltinMacs.hmacsha256,
          BuiltinMacs.hmacsha512);
  private static final List<BuiltinSignatures> SIGNATURES =
      List.of(
          BuiltinSignatures.ed25519,
          BuiltinSignatures.nistp256,
          BuiltinSignatures.nistp384,
          BuiltinSignatures.nistp521,
          BuiltinSignatures.rsaSHA512,
          BuiltinSignatures.rsaSHA256);

  /** What was tried last. */
  private record Tried(String method, String detail) {}

  private static final AttributeKey<Tried> LAST = new AttributeKey<>();

  private final SshHost host;
  private final Throttle throttle;
  private final SshServer server;

  private SshDaemon(SshHost host) {
    this.host = host;
    Ed25519Support.register();
    throttle = new Throttle(host.network().clock());
    server =
        ServerBuilder.builder()
            .keyExchangeFactories(
                NamedFactory.setUpTransformedFactories(true, EXCHANGES, ServerBuilder.DH2KEX))
            .cipherFactories(List.copyOf(CIPHERS))
            .macFactories(List.copyOf(MACS))
            .compressionFactories(List.of(BuiltinCompressions.none))
            .signatureFactories(List.copyOf(SIGNATURES))
            .channelFactories(List.of(sessions(), direct()))
            .globalRequestHandlers(
                List.of(
                    KeepAliveHandler.INSTANCE,
                    NoMoreSessionsHandler.INSTANCE,
                    new RemoteForwards(host.network()),
                    OpenSshHostKeysHandler.INSTANCE))
            .forwardingFilter(RejectAllForwardingFilter.INSTANCE)
            .interactiveAuthenticator(KeyboardInteractiveAuthenticator.NONE)
            .fileSystemFactory(new Files())
            .build();
    server.setIoServiceFactoryFactory(
        new NetworkIo(
            host.network(),
            socket ->
                throttle.welcome(
                    host.ends(
                            (InetSocketAddress) socket.getLocalSocketAddress(),
                            (InetSocketAddress) socket.getRemoteSocketAddress())
                        .remote()
                        .getAddress())));
    server.setKeyPairProvider(KeyPairProvider.wrap(host.hostKeys()));
    server.setUserAuthFactories(
        List.of(UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
    server.setPublickeyAuthenticator(this::publicKey);
    server.setPasswordAuthenticator((user, password, session) -> password(user, password, session));
    server.addSessionListener(new Listener());
    server.setShellFactory(channel -> command(channel, Optional.empty()));
    CommandFactory commands = (channel, text) -> command(channel, Optional.of(text));
    server.setCommandFactory(
        new ScpCommandFactory.Builder()
            .withDelegate(commands)
            .withFileOpener(new Opener())
            .build());
    SftpSubsystemFactory sftp =
        new SftpSubsystemFactory.Builder().withFileSystemAccessor(new Accessor()).build();
    sftp.addSftpEventListener(new Folders());
    server.setSubsystemFactories(List.of(sftp));
    SftpModuleProperties.SFTP_VERSION.set(server, 3);
    CoreModuleProperties.SERVER_IDENTIFICATION.set(server, host.identification());
    CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, TRIES);
    CoreModuleProperties.AUTH_TIMEOUT.set(server, LOGIN_GRACE);
    CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
    CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, 10 * SESSIONS);
  }

  /**
   * Starts one.
   *
   * @param at of the host's network; port 0 takes a free one
   */
  public static SshDaemon start(SshHost host, InetSocketAddress at) throws IOException {
    SshDaemon daemon = new SshDaemon(host);
    daemon.server.setHost(at.getAddress().getHostAddress());
    daemon.server.setPort(at.getPort());
    daemon.server.start();
    return daemon;
  }

  public int port() {
    return server.getPort();
  }

  public boolean isOpen() {
    return server.isStarted();
  }

  /** Connections that stand. */
  public List<SshHost.Ends> connections() {
    return server.getActiveSessions().stream().map(this::ends).toList();
  }

  @Override
  public void close() throws IOException {
    server.stop(true);
  }

  private SshHost.Ends ends(Session session) {
    return host.ends(
        (InetSocketAddress) session.getIoSession().getLocalAddress(),
        (InetSocketAddress) session.getIoSession().getRemoteAddress());
  }

  private static ChannelFactory sessions() {
    return org.apache.sshd.server.channel.ChannelSessionFactory.INSTANCE;
  }

  /** Connections that a client wants from here (RFC 4254, 7.2). */
  private ChannelFactory direct() {
    return new ChannelFactory() {
      @Override
      public String getName() {
        return "direct-tcpip";
      }

      @Override
      public org.apache.sshd.common.channel.Channel createChannel(Session session) {
        return new IncomingChannel(
            opening -> {
              String name = opening.getString(StandardCharsets.UTF_8);
              int port = opening.getInt();
              return IncomingChannel.Way.to(
                  host.forward(InetSocketAddress.createUnresolved(name, port)));
            });
      }
    };
  }

  private SessionCommand command(ChannelSession channel, Optional<String> text) {
    ServerSession session = channel.getServerSession();
    return new SessionCommand(
        host.account(session.getUsername()).orElseThrow(), text, ends(session));
  }

  private boolean password(String user, String password, ServerSession session) {
    boolean right = host.account(user).filter(a -> a.password(password)).isPresent();
    return tried(right, user, "password", "", session);
  }

  private boolean publicKey(String user, PublicKey key, ServerSession session) {
    PublicKeyBlob blob = PublicKeyBlob.of(key);
    String name = blob.shortName() + " " + Fingerprint.of(blob, "SHA256");
    Optional<String> refused =
        host.account(user).map(a -> a.refuses(blob)).orElse(Optional.of("no such user"));
    return tried(
        refused.isEmpty(),
        user,
        "publickey",
        refused.map(why -> name + ", " + why).orElse(name),
        session);
  }

  /** A right one is logged when its signature was right as well. */
  private boolean tried(
      boolean right, String user, String method, String detail, ServerSession session) {
    session.setAttribute(LAST, new Tried(method, detail));
    if (!right) {
      log(session, user, false, method, detail);
    }
    return right;
  }

  private void log(Session session, String user, boolean accepted, String method, String detail) {
    host.log(
        new SshLogin(
            host.network().clock().instant(),
            user,
            ends(session).remote(),
            accepted,
            method,
            detail));
  }

  private final class Listener implements SessionListener {
    @Override
    public void sessionEvent(Session session, Event event) {
      if (event == Event.Authenticated) {
        Tried last = session.getAttribute(LAST);
        if (last != null) {
          log(session, session.getUsername(), true, last.method, last.detail);
        }
      }
    }
  }

  private final class Files implements FileSystemFactory {
    @Override
    public Path getUserHomeDir(SessionContext session) {
      return host.account(session.getUsername()).orElseThrow().home();
    }

    @Override
    public FileSystem createFileSystem(SessionContext session) {
      return new OpenFiles(getUserHomeDir(session).getFileSystem());
    }
  }

  /** A new file has the modes that the umask of the host, 022, leaves. */
  private static void mask(Path file, Set<PosixFilePermission> permissions) throws IOException {
    Set<PosixFilePermission> masked = EnumSet.noneOf(PosixFilePermission.class);
    masked.addAll(permissions);
    masked.remove(PosixFilePermission.GROUP_WRITE);
    masked.remove(PosixFilePermission.OTHERS_WRITE);
    java.nio.file.Files.setPosixFilePermissions(file, masked);
  }

  /** Folders that are made over SFTP. */
  private static final class Folders implements SftpEventListener {
    @Override
    public void created(
        ServerSession session, Path path, Map<String, ?> attributes, Throwable failure)
        throws IOException {
      if (failure == null) {
        mask(path, java.nio.file.Files.getPosixFilePermissions(path));
      }
    }
  }

  /** The file system truncates before it asks whether that is allowed. */
  private static boolean isNew(Path file, boolean written) throws IOException {
    boolean made = java.nio.file.Files.notExists(file);
    if (!made && written) {
      file.getFileSystem().provider().checkAccess(file, AccessMode.WRITE);
    }
    return made;
  }

  /** The same limits for scp's own protocol. */
  private final class Opener extends DefaultScpFileOpener {
    @Override
    public OutputStream openWrite(
        Session session,
        Path file,
        long size,
        Set<PosixFilePermission> permissions,
        OpenOption... options)
        throws IOException {
      boolean made = isNew(file, /* written= */ true);
      SeekableByteChannel opened =
          java.nio.file.Files.newByteChannel(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING);
      if (made) {
        mask(file, permissions);
      }
      return Channels.newOutputStream(
          host.account(session.getUsername()).orElseThrow().limited(opened));
    }
  }

  /** Files are the account's, as its shell lists them, and have its limits when written. */
  private final class Accessor implements SftpFileSystemAccessor {
    @Override
    public SeekableByteChannel openFile(
        SftpSubsystemProxy subsystem,
        FileHandle handle,
        Path file,
        String name,
        Set<? extends OpenOption> options,
        FileAttribute<?>... attributes)
        throws IOException {
      // Not every file system makes a file with its modes at once.
      boolean made = isNew(file, options.contains(StandardOpenOption.WRITE));
      SeekableByteChannel opened =
          SftpFileSystemAccessor.super.openFile(subsystem, handle, file, name, options);
      if (made) {
        for (FileAttribute<?> each : attributes) {
          // MINA names no view.
          if (each.name().endsWith("permissions")) {
            java.nio.file.Files.setAttribute(file, "posix:permissions", each.value());
            mask(file, java.nio.file.Files.getPosixFilePermissions(file));
          }
        }
      }
      return host.account(subsystem.getSession().getUsername()).orElseThrow().limited(opened);
    }

    /** The file system deletes before it asks whether that is allowed. */
    @Override
    public void removeFile(SftpSubsystemProxy subsystem, Path file, boolean folder)
        throws IOException {
      file.getFileSystem()
          .provider()
          .checkAccess(file.toAbsolutePath().resolve("..").normalize(), AccessMode.WRITE);
      SftpFileSystemAccessor.super.removeFile(subsystem, file, folder);
    }

    /** As the shell of the account has them. */
    @Override
    public NavigableMap<String, Object> resolveReportedFileAttributes(
        SftpSubsystemProxy subsystem,
        Path file,
        int flags,
        NavigableMap<String, Object> attributes,
        LinkOption... options) {
      String user = subsystem.getSession().getUsername();
      boolean root = attributes.get("owner") instanceof Principal p && p.getName().equals("root");
      String owner = root ? "root" : user;
      int id = root ? 0 : USER_ID;
      attributes.putAll(Map.of("owner", owner, "group", owner, "uid", id, "gid", id));
      if (Boolean.TRUE.equals(attributes.get("isDirectory"))) {
        attributes.put("size", FOLDER_SIZE);
      } else if (Boolean.TRUE.equals(attributes.get("isSymbolicLink"))) {
        // As Linux has it; of the file system in memory a link has no size.
        attributes.put("size", link(file));
        attributes.put("permissions", EnumSet.allOf(PosixFilePermission.class));
      }
      return attributes;
    }

    private static long link(Path file) {
      try {
        return java.nio.file.Files.readSymbolicLink(file).toString().length();
      } catch (IOException e) {
        return 0;
      }
    }

    @Override
    public void syncFileData(
        SftpSubsystemProxy subsystem, FileHandle handle, Path file, String name, Channel channel) {
      // They are in memory.
    }
  }
}
