package wirebook.engine.dns.dig;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Failure;
import wirebook.trace.Recorder;

/** Does the steps of a {@link LookupMachine} over a network, and writes the trace. */
final class Driver implements AutoCloseable {
  private static final List<Map.Entry<String, String>> SYSTEM_WORDS =
      List.of(
          Map.entry("assign requested address", "address not available"),
          // What the JDK makes of it where the machine has no IPv6.
          Map.entry("unsupported address type", "address not available"),
          Map.entry("family unavailable", "address not available"),
          Map.entry("already in use", "address in use"),
          Map.entry("denied", "permission denied"),
          Map.entry("not permitted", "permission denied"),
          Map.entry("broken pipe", "connection reset"),
          Map.entry("http response", "failure"));

  private final Network network;
  private final Consumer<InetSocketAddress> silent;
  private final Hosts hosts;
  private final DigOutput output;
  private final Recorder recorder;
  private final Map<Integer, MessageChannel> channels = new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<Reply> arrived = new LinkedBlockingQueue<>();
  private final Set<Integer> waiting = new TreeSet<>();

  Driver(DigHost host, Hosts hosts, DigOutput output, Recorder recorder) {
    this.network = host.network();
    this.silent = host.silent();
    this.hosts = hosts;
    this.output = output;
    this.recorder = recorder;
  }

  void run(LookupMachine machine) throws InterruptedException {
    Step step = machine.next(new Reply.Nothing());
    while (!(step instanceof Step.Done)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      step = machine.next(perform(step));
    }
  }

  private Reply perform(Step step) throws InterruptedException {
    return switch (step) {
      case Step.Open open -> open(open);
      case Step.Send send -> send(send);
      case Step.Receive receive -> {
        output.flush();
        yield receive(receive);
      }
      case Step.Close close -> {
        close(close.channel());
        yield new Reply.Nothing();
      }
      case Step.LookUp lookUp -> lookUp(lookUp.host());
      case Step.Done done -> new Reply.Nothing();
    };
  }

  private Reply lookUp(String host) throws InterruptedException {
    try {
      List<InetAddress> addresses = hosts.addresses(host);
      recorder.looked(host, addresses, "the host's resolver");
      return new Reply.Found(addresses);
    } catch (Hosts.NotFoundException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return failed(0, e.reason(), new Failure.NameNotFound(host));
    }
  }

  private Reply open(Step.Open open) throws InterruptedException {
    int number = recorder.newChannel();
    Event.Transport transport =
        open.transport() == wirebook.engine.dns.DnsTransport.UDP
            ? Event.Transport.UDP
            : Event.Transport.TCP;
    recorder.connecting(number, transport, open.server());
    try {
      MessageChannel channel =
          switch (open.transport()) {
            case UDP -> udp(open);
            case TCP -> tcp(open);
            case TLS -> {
              SSLContext context = Tls.context(open.encryption());
              Socket plain = tcp(open).socket();
              yield new MessageChannel.Tcp(
                  Tls.secure(context, plain, open, recorder, number, "dot"), open.server());
            }
            case HTTPS -> {
              Optional<SSLContext> context =
                  open.encryption().plain()
                      ? Optional.empty()
                      : Optional.of(Tls.context(open.encryption()));
              Socket plain = tcp(open).socket();
              yield HttpChannel.open(
                  context.isEmpty()
                      ? plain
                      : Tls.secure(context.get(), plain, open, recorder, number, "h2"),
                  open);
            }
          };
      channels.put(number, channel);
      InetSocketAddress local = channel.local();
      recorder.connected(number, transport, local, open.server());
      return new Reply.Opened(number, local);
    } catch (IOException e) {
      return failed(number, e, open.server(), open.timeout());
    }
  }

  private MessageChannel udp(Step.Open open) throws IOException {
    if (open.server().getPort() == 0) {
      return new MessageChannel.NoPort(open.server());
    }
    UdpSocket socket = network.openUdpTo(open.server(), open.source());
    try {
      socket.connect(open.server());
      return new MessageChannel.Udp(socket, open.server());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private MessageChannel.Tcp tcp(Step.Open open) throws IOException {
    return new MessageChannel.Tcp(
        network.connect(open.server(), open.source(), open.timeout()), open.server());
  }

  private Reply send(Step.Send send) throws InterruptedException {
    MessageChannel channel = channels.get(send.channel());
    if (channel == null) {
      throw new IllegalStateException("no channel " + send.channel());
    }
    try {
      Reply.Sent sent = new Reply.Sent(network.clock().instant(), network.clock().nanoTime());
      recorder.sent(send.channel(), channel.remote(), send.message());
      channel.send(send.message());
      return sent;
    } catch (IOException e) {
      return failed(send.channel(), e, channel.remote(), Duration.ZERO);
    }
  }

  private Reply receive(Step.Receive receive) throws InterruptedException {
    if (receive.channels().size() == 1 && waiting.isEmpty()) {
      return receive(receive.channels().getFirst(), receive.timeout());
    }
    for (int number : receive.channels()) {
      if (waiting.add(number)) {
        Thread.ofVirtual().start(() -> receiveInBackground(number, receive.timeout()));
      }
    }
    while (true) {
      Reply reply = arrived.take();
      int number =
          reply instanceof Reply.Received r
              ? r.channel()
              : reply instanceof Reply.Failed f ? f.channel() : 0;
      waiting.remove(number);
      if (receive.channels().contains(number)) {
        return reply;
      }
    }
  }

  private void receiveInBackground(int number, Duration timeout) {
    try {
      arrived.add(receive(number, timeout));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Reply receive(int number, Duration timeout) throws InterruptedException {
    MessageChannel channel = channels.get(number);
    if (channel == null) {
      throw new IllegalStateException("no channel " + number);
    }
    try {
      Bytes message = receive(channel, timeout);
      Reply.Received received =
          new Reply.Received(
              number,
              message,
              channel.remote(),
              network.clock().instant(),
              network.clock().nanoTime());
      recorder.received(number, channel.remote(), message);
      return received;
    } catch (IOException e) {
      return failed(number, e, channel.remote(), timeout);
    }
  }

  private Bytes receive(MessageChannel channel, Duration timeout) throws IOException {
    if (!(channel instanceof MessageChannel.Udp) || timeout.compareTo(DigHost.SILENCE) <= 0) {
      return channel.receive(timeout);
    }
    long start = network.clock().nanoTime();
    try {
      return channel.receive(DigHost.SILENCE);
    } catch (SocketTimeoutException e) {
      silent.accept(channel.remote());
      Duration left = timeout.minusNanos(network.clock().nanoTime() - start);
      return channel.receive(left.isPositive() ? left : Duration.ofMillis(1));
    }
  }

  private void close(int number) {
    MessageChannel channel = channels.remove(number);
    if (channel != null) {
      channel.close();
      recorder.closed(number, false);
    }
  }

  @Override
  public void close() {
    new TreeSet<>(channels.keySet()).forEach(this::close);
  }

  private Reply failed(int channel, String reason, Failure failure) {
    recorder.failed(channel, failure);
    return new Reply.Failed(
        channel, reason, failure, network.clock().instant(), network.clock().nanoTime());
  }

  private Reply failed(int channel, IOException e, InetSocketAddress address, Duration timeout)
      throws InterruptedException {
    if (Thread.interrupted() || e instanceof java.nio.channels.ClosedByInterruptException) {
      throw new InterruptedException();
    }
    Failure failure =
        switch (e) {
          case SocketTimeoutException t ->
              new Failure.TimedOut(wirebook.engine.dns.Inet.text(address), timeout);
          case PortUnreachableException p -> new Failure.Refused(address);
          case EOFException end -> new Failure.CutShort("the connection", 1, 0);
          case javax.net.ssl.SSLException tls -> new Failure.TlsFailed(tlsWords(tls));
          default -> Failure.of(e, address);
        };
    return failed(channel, reason(e, failure), failure);
  }

  private static boolean isUntrusted(String words) {
    return words.contains("certificat") || words.contains("path building");
  }

  /** OpenSSL's words, which dig shows, where Java's mean the same. */
  private static String tlsWords(javax.net.ssl.SSLException e) {
    String words = String.valueOf(e.getMessage());
    if (words.contains("unable to find valid certification path")) {
      return "unable to get local issuer certificate";
    }
    if (words.contains("NotAfter")) {
      return "certificate has expired";
    }
    if (words.contains("No subject alternative") || words.contains("No name matching")) {
      return "hostname mismatch";
    }
    return words;
  }

  /** BIND's words for what the system said. */
  private static String reason(IOException e, Failure failure) {
    if (e instanceof EOFException) {
      return "end of file";
    }
    if (e instanceof Tls.UnusableException) {
      return Encryption.UNUSABLE;
    }
    if (e instanceof UnknownHostException) {
      return "not found";
    }
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return switch (failure) {
      case Failure.TimedOut f -> "timed out";
      case Failure.Refused f -> "connection refused";
      case Failure.Reset f -> "connection reset";
      case Failure.TlsFailed f -> isUntrusted(message) ? Encryption.UNTRUSTED : "TLS error";
      case Failure.Unreachable f ->
          message.contains("no route") || message.contains("host is unreachable")
              ? "host unreachable"
              : "network unreachable";
      case Failure.CutShort f -> "end of file";
      case Failure.NameNotFound f -> "not found";
      case Failure.Malformed f -> "failure";
      case Failure.Other f ->
          SYSTEM_WORDS.stream()
              .filter(words -> message.contains(words.getKey()))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElse("unexpected error");
    };
  }
}
