"""What is asked about second factors and passkeys."""
