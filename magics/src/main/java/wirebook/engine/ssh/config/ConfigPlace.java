package wirebook.engine.ssh.config;

/** Where a line stands. */
record ConfigPlace(String file, int line) {
  @Override
  public String toString() {
    return file + " line " + line;
  }
}
