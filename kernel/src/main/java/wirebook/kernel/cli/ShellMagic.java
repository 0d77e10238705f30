package wirebook.kernel.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import wirebook.internet.Internets;
import wirebook.magics.shell.ShimWords;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.Services;
import wirebook.spi.Word;

/**
 * A magic used as a command of the shell: its arguments as the shell gave them, its output as bytes
 * on the standard streams, its tool's exit code.
 */
record ShellMagic(Magic magic, List<String> arguments, Optional<String> internet) {
  static final String INTERNET_OPTION = "--internet";
  static final String INTERNET_VARIABLE = "WIREBOOK_INTERNET";

  /** For a call that is wrong in itself, as the shell's own commands do. */
  static final int USAGE_ERROR = 2;

  /** For a bug of ours; {@code EX_SOFTWARE} of sysexits.h. */
  static final int BUG = 70;

  ShellMagic {
    arguments = List.copyOf(arguments);
  }

  /** The magic that the command line names, when it names one. */
  static Optional<ShellMagic> find(List<String> words) {
    Optional<String> internet = Optional.empty();
    List<String> rest = words;
    if (rest.size() > 2 && rest.getFirst().equals(INTERNET_OPTION)) {
      internet = Optional.of(rest.get(1));
      rest = rest.subList(2, rest.size());
    } else if (rest.size() > 1 && rest.getFirst().startsWith(INTERNET_OPTION + "=")) {
      internet = Optional.of(rest.getFirst().substring(INTERNET_OPTION.length() + 1));
      rest = rest.subList(1, rest.size());
    }
    if (rest.isEmpty()) {
      return Optional.empty();
    }
    String name = rest.getFirst().startsWith("%") ? rest.getFirst().substring(1) : rest.getFirst();
    List<ServiceLoader.Provider<Magic>> all = ServiceLoader.load(Magic.class).stream().toList();
    // Most are named as their class is: then no other has to say its name first.
    Optional<Magic> found =
        Stream.concat(
                all.stream().filter(one -> one.type().getSimpleName().equalsIgnoreCase(name)),
                all.stream())
            .map(ServiceLoader.Provider::get)
            .filter(magic -> magic.spec().name().equals(name))
            .findFirst();
    List<String> arguments = rest.subList(1, rest.size());
    Optional<String> where = internet;
    return found.map(magic -> new ShellMagic(magic, arguments, where));
  }

  int run() {
    if (Background.wanted(magic.spec().name(), arguments)) {
      return Background.start();
    }
    try (PrintStream out = stream(new Piped());
        PrintStream err = stream(new FileOutputStream(FileDescriptor.err))) {
      String name = internet.or(ShellMagic::internetOfEnvironment).orElse("real");
      Networks networks;
      try {
        networks = new Internets(name);
      } catch (IllegalArgumentException e) {
        err.println("wirebook: there is no internet \"" + name + "\", only lab and real");
        return USAGE_ERROR;
      }
      return run(new Call(line().words(), out, err, networks), err);
    }
  }

  private int run(Call call, PrintStream err) {
    try {
      return onVirtualThread(() -> magic.run(call)).exitCode();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MagicException wrong) {
        err.print(line().complaint(wrong.diagnostic()));
        return USAGE_ERROR;
      }
      err.println("wirebook: a bug in " + magic.spec().name() + ", please report it:");
      e.printStackTrace(err);
      return BUG;
    } catch (InterruptedException e) {
      return BUG;
    }
  }

  private ShimWords line() {
    return new ShimWords(magic.spec().name(), arguments);
  }

  /** As the contract of {@link Magic#run} says. */
  private static MagicResult onVirtualThread(Callable<MagicResult> body)
      throws ExecutionException, InterruptedException {
    FutureTask<MagicResult> task = new FutureTask<>(body);
    Thread.ofVirtual().name("magic").start(task);
    return task.get();
  }

  static Optional<String> internetOfEnvironment() {
    return Optional.ofNullable(System.getenv(INTERNET_VARIABLE)).filter(name -> !name.isBlank());
  }

  /** The descriptor's bytes; text is UTF-8 whatever the locale is, and is there at once. */
  private static PrintStream stream(OutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  /** Standard output: who reads it no more has no use for the rest (SIGPIPE, EPIPE). */
  private final class Piped extends FileOutputStream {
    Piped() {
      super(FileDescriptor.out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        super.write(bytes, offset, length);
      } catch (IOException e) {
        if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
          System.exit(
              switch (magic.spec().name()) {
                case "ssh" -> 255;
                case "curl" -> 23;
                default -> 128 + 13;
              });
        }
        throw e;
      }
    }
  }

  private record Call(List<Word> words, PrintStream out, PrintStream err, Networks networks)
      implements MagicCall {
    private static final Services SERVICES = new Services();
    private static final InputStream STANDARD_INPUT = new FileInputStream(FileDescriptor.in);

    @Override
    public Optional<String> body() {
      return Optional.empty();
    }

    @Override
    public InputStream in() {
      return STANDARD_INPUT;
    }

    @Override
    public Optional<String> ask(String prompt, boolean secret) throws InterruptedException {
      return TerminalPrompt.ask(prompt, secret);
    }

    @Override
    public void detach() {
      Background.ready();
    }

    @Override
    public Display display() {
      return Display.NONE;
    }

    @Override
    public boolean inCell() {
      return false;
    }

    @Override
    public Services services() {
      return SERVICES;
    }
  }
}
