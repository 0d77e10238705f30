package wirebook.magics.shell;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import wirebook.engine.process.ChildEnvironment;
import wirebook.internet.Internets;
import wirebook.magics.ssh.SshHome;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.Services;
import wirebook.spi.Word;

/**
 * A magic that a program asks for, as a command of the shell: its words, folder and environment are
 * the program's, and so are its streams. When the program goes, it is stopped.
 */
final class ShimCall implements MagicCall {
  private static final int LARGEST = 4 << 20;
  private static final int USAGE_ERROR = 2;

  /** {@code EX_SOFTWARE} of sysexits.h. */
  private static final int BUG = 70;

  private final Shims shims;
  private final DataOutputStream to;
  private final ShimWords line;
  private final Path directory;
  private final Map<String, String> environment;
  private final Optional<MagicCall> cell;
  private final InputStream in;
  private final PrintStream out = stream('o');
  private final PrintStream err = stream('e');
  private final BlockingQueue<byte[]> inputs = new LinkedBlockingQueue<>();
  private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
  private volatile boolean detached;

  private ShimCall(Shims shims, DataOutputStream to, String[] head) {
    this.shims = shims;
    this.to = to;
    directory = Path.of(head[0]);
    Optional<Shims.Known> known = shims.known(head[1]);
    cell = known.map(Shims.Known::call);
    int arguments = Integer.parseInt(head[4]);
    line = ShimWords.of(head[3], List.of(head).subList(5, 5 + arguments));
    Map<String, String> all = new LinkedHashMap<>();
    for (String variable : List.of(head).subList(5 + arguments, head.length)) {
      int sign = variable.indexOf('=');
      if (sign > 0) {
        all.put(variable.substring(0, sign), variable.substring(sign + 1));
      }
    }
    environment = ChildEnvironment.of(shims.services()).without(all);
    in =
        known
            .filter(one -> one.isFilledByPerson(head[2]))
            .map(one -> readsAhead(line) ? InputStream.nullInputStream() : one.call().in())
            .orElseGet(Input::new);
  }

  /** ssh reads whether the far command does or not: a person would be asked by each one. */
  private static boolean readsAhead(ShimWords line) {
    List<String> words = line.arguments();
    return line.name().equals("ssh") && SshHome.command(words) < words.size();
  }

  /** Serves one program to its end. */
  static void serve(Socket client, Shims shims) {
    try (client) {
      DataInputStream from = new DataInputStream(new BufferedInputStream(client.getInputStream()));
      DataOutputStream to = new DataOutputStream(client.getOutputStream());
      from.readByte();
      String head = new String(content(from), StandardCharsets.UTF_8);
      ShimCall call = new ShimCall(shims, to, head.split("\0", -1));
      Thread magic = Thread.ofVirtual().name(call.line.name()).start(call::run);
      call.listen(from, magic);
    } catch (IOException e) {
      // The program has gone.
    }
  }

  private static byte[] content(DataInputStream from) throws IOException {
    int length = from.readInt();
    if (length < 0 || length > LARGEST) {
      throw new IOException("a frame of " + length + " bytes");
    }
    return from.readNBytes(length);
  }

  /** Takes what the program sends, until it goes. */
  private void listen(DataInputStream from, Thread magic) {
    try {
      for (int kind = from.read(); kind >= 0; kind = from.read()) {
        (kind == 'i' ? inputs : answers).add(content(from));
      }
    } catch (IOException e) {
      // As at the end.
    }
    if (!detached) {
      magic.interrupt();
    }
  }

  private void run() {
    if (cell.isPresent()) {
      // What the magic starts, or asks, is the cell's.
      cell.get().place().execute(this::runMagic);
    } else {
      runMagic();
    }
  }

  private void runMagic() {
    int status;
    try {
      Magic magic = shims.magic(line.name()).orElseThrow();
      status = magic.run(this).exitCode();
      if (cell.isPresent()
          && line.name().equals("ss")
          && !line.arguments().contains("-V")
          && Internets.elsewhere(this).isEmpty()) {
        err.println("# of the whole machine; %ss in a cell shows this kernel's");
      }
    } catch (MagicException e) {
      err.print(line.complaint(e.diagnostic()));
      status = USAGE_ERROR;
    } catch (InterruptedException e) {
      status = 128 + 2;
    } catch (RuntimeException | Error e) {
      err.println("wirebook: a bug in " + line.name() + ", please report it: " + e);
      status = BUG;
    }
    out.flush();
    err.flush();
    exit(status);
  }

  private void exit(int status) {
    send('x', new byte[] {(byte) status}, 0, 1);
  }

  /** What cannot be sent is for nobody. */
  private boolean send(char kind, byte[] bytes, int offset, int length) {
    synchronized (to) {
      try {
        byte[] frame = new byte[5 + length];
        java.nio.ByteBuffer.wrap(frame).put((byte) kind).putInt(length).put(bytes, offset, length);
        to.write(frame);
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }

  private PrintStream stream(char kind) {
    return new PrintStream(
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > 0 && !send(kind, bytes, offset, length)) {
              throw new IOException("Broken pipe");
            }
          }
        },
        true,
        StandardCharsets.UTF_8);
  }

  /** Asks the program for what comes over its standard input, and only for what is read. */
  private final class Input extends InputStream {
    private byte[] piece = new byte[0];
    private int next;
    private boolean ended;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (next == piece.length && !ended) {
        send('r', piece, 0, 0);
        piece = take(inputs);
        next = 0;
        ended = piece.length == 0;
      }
      if (ended) {
        return -1;
      }
      int part = Math.min(length, piece.length - next);
      System.arraycopy(piece, next, bytes, offset, part);
      next += part;
      return part;
    }

    @Override
    public synchronized int available() {
      return piece.length - next;
    }
  }

  private static byte[] take(BlockingQueue<byte[]> queue) throws IOException {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("stopped").initCause(e);
    }
  }

  @Override
  public List<Word> words() {
    return line.words();
  }

  @Override
  public Optional<String> body() {
    return Optional.empty();
  }

  @Override
  public PrintStream out() {
    return out;
  }

  @Override
  public PrintStream err() {
    return err;
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public Optional<String> ask(String prompt, boolean secret) throws InterruptedException {
    if (cell.isPresent()) {
      return cell.get().ask(prompt, secret);
    }
    byte[] text = prompt.getBytes(StandardCharsets.UTF_8);
    send(secret ? 's' : 'q', text, 0, text.length);
    String answer = new String(answers.take(), StandardCharsets.UTF_8);
    return answer.isEmpty() ? Optional.empty() : Optional.of(answer.stripTrailing());
  }

  @Override
  public void detach() {
    detached = true;
    exit(0);
  }

  @Override
  public Display display() {
    return Display.NONE;
  }

  @Override
  public Networks networks() {
    return shims.networks();
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public boolean inCell() {
    return false;
  }

  @Override
  public Services services() {
    return shims.services();
  }
}
