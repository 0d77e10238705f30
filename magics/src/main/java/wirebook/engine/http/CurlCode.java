package wirebook.engine.http;

/**
 * How a transfer ended: curl's exit codes, with the message curl has when nothing better is known.
 */
public enum CurlCode {
  OK(0, "No error"),
  UNSUPPORTED_PROTOCOL(1, "Unsupported protocol"),
  FAILED_INIT(2, "Failed initialization"),
  URL_MALFORMAT(3, "URL using bad/illegal format or missing URL"),
  NOT_BUILT_IN(
      4,
      "A requested feature, protocol or option was not found built-in in this libcurl due to a"
          + " build-time decision."),
  COULDNT_RESOLVE_PROXY(5, "Could not resolve proxy name"),
  COULDNT_RESOLVE_HOST(6, "Could not resolve hostname"),
  COULDNT_CONNECT(7, "Could not connect to server"),
  WEIRD_SERVER_REPLY(8, "Weird server reply"),
  HTTP2(16, "Error in the HTTP2 framing layer"),
  PARTIAL_FILE(18, "Transferred a partial file"),
  HTTP_RETURNED_ERROR(22, "HTTP response code said error"),
  WRITE_ERROR(23, "Failed writing received data to disk/application"),
  UPLOAD_FAILED(25, "Upload failed (at start/before it took off)"),
  READ_ERROR(26, "Failed to open/read local data from file/application"),
  OUT_OF_MEMORY(27, "Out of memory"),
  OPERATION_TIMEDOUT(28, "Timeout was reached"),
  RANGE_ERROR(33, "Requested range was not delivered by the server"),
  SSL_CONNECT_ERROR(35, "SSL connect error"),
  BAD_DOWNLOAD_RESUME(36, "Could not resume download"),
  FILE_COULDNT_READ_FILE(37, "Could not read a file:// file"),
  ABORTED_BY_CALLBACK(42, "Operation was aborted by an application callback"),
  BAD_FUNCTION_ARGUMENT(43, "A libcurl function was given a bad argument"),
  INTERFACE_FAILED(45, "Failed binding local connection end"),
  TOO_MANY_REDIRECTS(47, "Number of redirects hit maximum amount"),
  UNKNOWN_OPTION(48, "An unknown option was passed in to libcurl"),
  SETOPT_OPTION_SYNTAX(49, "Malformed option provided in a setopt"),
  GOT_NOTHING(52, "Server returned nothing (no headers, no data)"),
  SEND_ERROR(55, "Failed sending data to the peer"),
  RECV_ERROR(56, "Failure when receiving data from the peer"),
  SSL_CERTPROBLEM(58, "Problem with the local SSL certificate"),
  SSL_CIPHER(59, "Could not use specified SSL cipher"),
  PEER_FAILED_VERIFICATION(60, "SSL peer certificate or SSH remote key was not OK"),
  BAD_CONTENT_ENCODING(61, "Unrecognized or bad HTTP Content or Transfer-Encoding"),
  FILESIZE_EXCEEDED(63, "Maximum file size exceeded"),
  SEND_FAIL_REWIND(65, "Send failed since rewinding of the data stream failed"),
  LOGIN_DENIED(67, "Login denied"),
  SSL_CACERT_BADFILE(77, "Problem with the SSL CA cert (path? access rights?)"),
  SSL_CRL_BADFILE(82, "Failed to load CRL file (path? access rights?, format?)"),
  SSL_PINNEDPUBKEYNOTMATCH(90, "SSL public key does not match pinned public key"),
  SSL_INVALIDCERTSTATUS(91, "SSL server certificate status verification FAILED"),
  HTTP2_STREAM(92, "Stream error in the HTTP/2 framing layer"),
  AUTH_ERROR(94, "An authentication function returned an error"),
  PROXY(97, "proxy handshake error"),
  SSL_CLIENTCERT(98, "SSL Client Certificate required"),
  TOO_LARGE(100, "A value or data field grew larger than allowed");

  private final int number;
  private final String words;

  CurlCode(int number, String words) {
    this.number = number;
    this.words = words;
  }

  /** The exit code. */
  public int number() {
    return number;
  }

  public String words() {
    return words;
  }
}
