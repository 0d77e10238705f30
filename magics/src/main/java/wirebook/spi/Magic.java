package wirebook.spi;

/**
 * A command of the notebook, {@code %name …} or {@code %%name …}. Implementations are found through
 * {@code ServiceLoader}, have a public constructor without parameters and no state of their own:
 * what outlives a call is kept with {@link MagicCall#service}.
 */
public interface Magic {
  MagicSpec spec();

  /**
   * Does the real thing. Runs on a virtual thread; an interrupt means that the student stopped the
   * cell.
   *
   * @throws MagicException when the call itself is wrong
   * @throws InterruptedException when stopped
   */
  MagicResult run(MagicCall call) throws InterruptedException;
}
