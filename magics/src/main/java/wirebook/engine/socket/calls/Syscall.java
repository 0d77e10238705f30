package wirebook.engine.socket.calls;

import java.util.Optional;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.SocketName;
import wirebook.trace.Bytes;

/**
 * One call into the system and what came of it. Its text is the number that C gets, so that {@code
 * ${s}} puts a descriptor into the next call; {@link #line} is the call as strace prints it.
 *
 * <p>The methods named after calls make the next one, on the descriptor that this call returned or
 * was about: {@code s.send("hello")}, {@code s.recv()}, {@code s.close()}.
 *
 * @param name the function: {@code bind}
 * @param line as strace prints it
 * @param result what the function returned
 * @param error the reason, when that is -1
 * @param advice what the error means here and what to do, or what is worth knowing; may be empty
 * @param bytes what was received, or an option's value
 * @param address the address that the system gave
 * @param descriptor what the call returned or was about
 * @param calls make the next one
 */
public record Syscall(
    String name,
    String line,
    long result,
    Optional<Errno> error,
    String advice,
    Bytes bytes,
    Optional<SocketName> address,
    Optional<Descriptor> descriptor,
    SystemCalls calls) {

  public boolean ok() {
    return error.isEmpty();
  }

  /** The descriptor's number. */
  public int fd() {
    return on().number();
  }

  /** What was received, read as UTF-8. */
  public String text() {
    return bytes.text();
  }

  /** The value of an option that is a number. */
  public int value() {
    return bytes.length() >= 4 ? Numbers.int32(bytes, 0) : 0;
  }

  /** The port of the address that the system gave. */
  public int port() {
    if (address.orElse(new SocketName.Unnamed(0)) instanceof SocketName.Ip ip) {
      return ip.port();
    }
    throw new IllegalStateException(name + " gave no address with a port");
  }

  public Syscall bind(String to) {
    return calls.bind(on(), SocketName.parse(to));
  }

  public Syscall listen() {
    return calls.listen(on(), 128);
  }

  public Syscall accept() {
    return calls.accept(on());
  }

  public Syscall connect(String to) {
    return calls.connect(on(), SocketName.parse(to));
  }

  public Syscall send(String text) {
    return calls.send(on(), Bytes.utf8(text), 0);
  }

  public Syscall recv() {
    return recv(4096);
  }

  public Syscall recv(int size) {
    return calls.recv(on(), size, 0);
  }

  public Syscall getsockname() {
    return calls.getsockname(on());
  }

  public Syscall getpeername() {
    return calls.getpeername(on());
  }

  public Syscall close() {
    return calls.close(on());
  }

  private Descriptor on() {
    return descriptor.orElseThrow(
        () -> new IllegalStateException(name + " gave no descriptor: " + line));
  }

  @Override
  public String toString() {
    return Long.toString(result);
  }
}
