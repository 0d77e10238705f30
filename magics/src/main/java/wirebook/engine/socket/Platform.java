package wirebook.engine.socket;

/** Which system's numbers and structures are in use. */
public enum Platform {
  LINUX,
  /** And what else is no Linux: the BSDs' numbers are these. */
  MAC;

  public static final Platform CURRENT = of(System.getProperty("os.name", ""));

  static Platform of(String osName) {
    return osName.equals("Linux") ? LINUX : MAC;
  }
}
