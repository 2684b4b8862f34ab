"""The services of Schoolgate, and the libraries they share."""
