package wirebook.net;

import java.util.List;

/** The networks that a session can use, one of which is in use. */
public interface Networks {
  Network current();

  /** Names that {@link #use} takes. */
  List<String> names();

  /**
   * Switches, and returns the network now in use.
   *
   * @throws IllegalArgumentException for a name that is none of {@link #names}
   */
  Network use(String name);
}
