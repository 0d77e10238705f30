package wirebook.engine.socket;

/** Which system's numbers and structures are in use. */
public enum Platform {
  LINUX,
  MAC,
  /** A system whose socket calls we do not make. */
  OTHER;

  public static final Platform CURRENT = of(System.getProperty("os.name", ""));

  static Platform of(String osName) {
    return osName.equals("Linux") ? LINUX : osName.startsWith("Mac") ? MAC : OTHER;
  }
}
