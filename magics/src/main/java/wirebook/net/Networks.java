package wirebook.net;

/** The networks that a session can use, one of which is in use. */
public interface Networks {
  Network current();
}
