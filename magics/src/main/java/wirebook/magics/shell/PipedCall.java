package wirebook.magics.shell;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.MagicCall;
import wirebook.spi.Place;
import wirebook.spi.Services;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** A call whose streams go where its line says: it has the words in front of the first operator. */
record PipedCall(
    MagicCall whole, List<Word> words, InputStream in, PrintStream out, PrintStream err)
    implements MagicCall {
  PipedCall {
    words = List.copyOf(words);
  }

  @Override
  public Optional<String> body() {
    return whole.body();
  }

  @Override
  public Span bodySpan() {
    return whole.bodySpan();
  }

  @Override
  public Map<String, String> variables() {
    return whole.variables();
  }

  @Override
  public Optional<String> ask(String prompt, boolean secret) throws InterruptedException {
    return whole.ask(prompt, secret);
  }

  @Override
  public void detach() {
    whole.detach();
  }

  @Override
  public Display display() {
    return whole.display();
  }

  @Override
  public Networks networks() {
    return whole.networks();
  }

  @Override
  public Path directory() {
    return whole.directory();
  }

  @Override
  public Map<String, String> environment() {
    return whole.environment();
  }

  @Override
  public boolean inCell() {
    return whole.inCell();
  }

  @Override
  public Place place() {
    return whole.place();
  }

  @Override
  public Services services() {
    return whole.services();
  }
}
