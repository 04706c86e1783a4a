//! TLS to the database; `sslmode` and `sslrootcert` have the same meaning as in libpq.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::{ConfigError, SslMode};

/// Creates the connector for a mode; cancel requests use the same one.
pub fn connector(mode: SslMode, root_cert: Option<&str>) -> Result<MakeRustlsConnect, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // As in libpq, `require` verifies the chain if a root certificate is given.
    let verify = match mode {
        SslMode::VerifyFull => Verify::ChainAndName,
        SslMode::VerifyCa => Verify::Chain,
        SslMode::Require if root_cert.is_some() => Verify::Chain,
        SslMode::Disable | SslMode::Prefer | SslMode::Require => Verify::Nothing,
    };
    let webpki = match verify {
        Verify::Nothing => None,
        Verify::Chain | Verify::ChainAndName => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots(root_cert)?), provider.clone())
                .build()
                .map_err(|e| ConfigError::RootCert(e.to_string()))?,
        ),
    };
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| ConfigError::RootCert(e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { verify, webpki, provider }))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// `~/.postgresql/root.crt`, libpq's default.
fn default_root_cert() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".postgresql").join("root.crt"))
}

fn roots(root_cert: Option<&str>) -> Result<RootCertStore, ConfigError> {
    let mut store = RootCertStore::empty();
    if root_cert == Some("system") {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if store.is_empty() {
            return Err(ConfigError::RootCert("the operating system's trust store is empty".to_owned()));
        }
        return Ok(store);
    }
    let path = root_cert.map(PathBuf::from).or_else(default_root_cert);
    let path = path.as_deref().unwrap_or(Path::new("root.crt"));
    let unreadable = |e: &dyn std::fmt::Display| {
        ConfigError::RootCert(format!(
            "{}: {e}. Set PGSSLROOTCERT to the CA certificate, or to \"system\" for the operating system's trust store",
            path.display()
        ))
    };
    for cert in CertificateDer::pem_file_iter(path).map_err(|e| unreadable(&e))? {
        store.add(cert.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
    }
    if store.is_empty() {
        return Err(unreadable(&"the file contains no certificate"));
    }
    Ok(store)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verify {
    Nothing,
    Chain,
    ChainAndName,
}

/// One verifier for all modes, so that what each mode does not check is visible in one place.
#[derive(Debug)]
struct Verifier {
    verify: Verify,
    webpki: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(webpki) = &self.webpki else {
            return Ok(ServerCertVerified::assertion());
        };
        match webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is checked last, after chain and dates, so only a wrong name is accepted here.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.verify == Verify::Chain => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_without_verification_need_no_certificate_file() {
        assert!(connector(SslMode::Prefer, None).is_ok());
        assert!(connector(SslMode::Require, None).is_ok());
    }

    #[test]
    fn a_missing_root_certificate_is_reported_with_what_to_do() {
        let Err(error) = connector(SslMode::VerifyFull, Some("/nowhere/ca.crt")) else {
            panic!("a missing file was accepted");
        };
        let text = error.to_string();
        assert!(text.contains("/nowhere/ca.crt") && text.contains("PGSSLROOTCERT"), "{text}");
    }
}
