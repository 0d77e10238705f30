package wirebook.trace;

/**
 * A value that holds much of what came off the network, and can do with less. The session keeps the
 * results of all cells; those that no variable holds give up their bytes for newer ones.
 */
public interface Heavy {
  /** About how many bytes it holds. */
  long weight();

  /** The same without what weighs. It says what it lacks when it is asked for that. */
  Heavy lightened();
}
