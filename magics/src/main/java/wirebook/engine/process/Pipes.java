package wirebook.engine.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import wirebook.net.TemporaryFolder;

/** Named pipes, which have their names only until both sides have opened them. */
record Pipes(Path folder) implements AutoCloseable {
  /** What opens a side of one. */
  interface Opener<T> {
    T open(File file) throws IOException;
  }

  static Pipes make(String... names) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(TemporaryFolder.get(), "pipes");
    List<String> command = new ArrayList<>(List.of("mkfifo", "-m", "600"));
    Stream.of(names).map(name -> folder.resolve(name).toString()).forEach(command::add);
    Process mkfifo = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(mkfifo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (mkfifo.waitFor() != 0) {
      throw new IOException(said.strip());
    }
    return new Pipes(folder);
  }

  File file(String name) {
    return folder.resolve(name).toFile();
  }

  /** Opens a side of one, which waits for the other side. */
  <T> Future<T> open(String name, Opener<T> opener) {
    FutureTask<T> opening = new FutureTask<>(() -> opener.open(file(name)));
    Thread.ofPlatform().daemon().name("pipe").start(opening);
    return opening;
  }

  @Override
  public void close() {
    TemporaryFolder.delete(folder);
  }
}
