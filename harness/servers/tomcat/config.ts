/** The Tomcat settings that the lab controls; everything else is Tomcat's default. */
export interface TomcatOptions {
  ports: readonly number[];
  /** Requests on a connection before Tomcat closes it; 1: no keep-alive, -1: no limit. Tomcat's default is 100. */
  maxKeepAliveRequests: number;
}

/**
 * conf/server.xml with only a connector: no shutdown port, no access log (at tens of thousands of requests per second
 * it would measure the disk). The listener makes Tomcat print its version.
 */
export function serverXml({ ports, maxKeepAliveRequests }: TomcatOptions): string {
  const connectors = ports.map(
    (port) => `    <Connector port="${port}" protocol="HTTP/1.1" maxKeepAliveRequests="${maxKeepAliveRequests}"/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Server port="-1">
  <Listener className="org.apache.catalina.startup.VersionLoggerListener" logArgs="false"/>
  <Service name="Catalina">
${connectors.join('\n')}
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" unpackWARs="false" autoDeploy="false"/>
    </Engine>
  </Service>
</Server>
`;
}

/** conf/web.xml: only the default servlet, which answers 404 for missing files, as in a stock Tomcat. */
export const webXml = `<?xml version="1.0" encoding="UTF-8"?>
<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
  <servlet>
    <servlet-name>default</servlet-name>
    <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
    <load-on-startup>1</load-on-startup>
  </servlet>
  <servlet-mapping>
    <servlet-name>default</servlet-name>
    <url-pattern>/</url-pattern>
  </servlet-mapping>
</web-app>
`;

/** Version from the startup log: `Server version name:   Apache Tomcat/10.1.60 (Debian)`. `null`: not printed. */
export function tomcatVersion(log: string): string | null {
  return /Server version name:\s*(\S.*)$/m.exec(log)?.[1]?.trim() ?? null;
}

export function closesText(maxKeepAliveRequests: number): string {
  if (maxKeepAliveRequests === -1) return 'keeps alive until the client closes, or after 20 s without a request';
  if (maxKeepAliveRequests === 1) return 'closes after every answer (Connection: close)';
  return `closes after ${maxKeepAliveRequests} requests (Connection: close on the last answer), or after 20 s without one`;
}
