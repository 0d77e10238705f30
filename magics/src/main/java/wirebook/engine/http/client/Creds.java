package wirebook.engine.http.client;

/** Who a call says it is. */
record Creds(String user, String password, String bearer, Source source) {
  enum Source {
    OPTION,
    URL,
    NETRC
  }

  boolean hasUserOrPassword() {
    return !user.isEmpty() || !password.isEmpty();
  }
}
