package wirebook.kernel.java.shell;

/** What takes long. */
public interface Lengthy<T, E extends Exception> {
  T run() throws E;
}
